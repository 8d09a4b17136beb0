#include "fanbase/fanbase_handler.hpp"

#include <algorithm>
#include <map>
#include <mutex>

#include "base/sleep.hpp"
#include "fanbase/fanbase_client.hpp"
#include "fanbase/fandata_source.hpp"

namespace postbackd::fanbase
{
namespace
{

using delivery::Outcome;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds first_pause{50}; // between two polls of an object; it doubles
constexpr std::chrono::milliseconds longest_pause{2'000};
constexpr std::size_t largest_document = 16 << 20;

Outcome outcome_of(const base::Error& error)
{
  return (error.code == base::Errc::invalid ? Outcome::dead("the remote Fanbase refused it")
                                            : Outcome::retry("the remote Fanbase did not take it"))
      .with(error.message);
}

class FanbaseHandler final : public delivery::Handler
{
public:
  FanbaseHandler(FanbaseClient::Options client, std::string action, FandataSource fandata,
                 std::chrono::milliseconds timeout, store::FanbaseStore* store, const base::Clock& clock)
      : client_(std::move(client), clock), action_(std::move(action)), fandata_(std::move(fandata)),
        timeout_(timeout), store_(store), clock_(clock)
  {
  }

  Outcome handle(const delivery::Delivery& delivery, std::stop_token stop) override
  {
    const auto end = Clock::now() + timeout_;
    std::string id = known_id(delivery.idempotency_key);
    if (id.empty()) {
      if (delivery.document.size() > largest_document)
        return Outcome::dead("the document is too large for a queue object");
      const base::Result<std::string> data = data_of(fandata_, delivery);
      if (!data) return Outcome::dead(data.error().message);
      const auto made = client_.enqueue(action_, *data, delivery.idempotency_key, stop);
      if (!made) return outcome_of(made.error());
      id = made->id;
      remember(delivery.idempotency_key, id);
    }
    Outcome outcome = await(id, end, stop);
    if (outcome.kind != Outcome::Kind::retry) forget(delivery.idempotency_key);
    return outcome;
  }

private:
  std::string known_id(const std::string& key)
  {
    {
      const std::lock_guard lock(mutex_);
      if (const auto known = made_.find(key); known != made_.end()) return known->second;
    }
    return store_->remote_id(key).value_or("");
  }
  // Remembers it in memory too, for an attempt after a failure of the store.
  void remember(const std::string& key, const std::string& id)
  {
    {
      const std::lock_guard lock(mutex_);
      made_[key] = id;
    }
    store_->keep_remote_id(key, id, clock_.now());
  }
  void forget(const std::string& key)
  {
    const std::lock_guard lock(mutex_);
    made_.erase(key);
  }

  Outcome await(const std::string& id, Clock::time_point end, const std::stop_token& stop)
  {
    for (auto pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
      const auto object = client_.status(id, stop);
      if (!object) return outcome_of(object.error());
      if (object->status == "completed") return Outcome::done(id);
      if (object->status == "failed")
        return Outcome::dead("the remote object failed").with(id + ": " + object->message);
      if (stop.stop_requested() || Clock::now() + pause >= end)
        return Outcome::retry("the remote object is not finished").with(id + " is " + object->status);
      base::sleep_for(pause, stop);
    }
  }

  FanbaseClient client_;
  std::string action_;
  FandataSource fandata_;
  std::chrono::milliseconds timeout_;
  store::FanbaseStore* store_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::string> made_; // remote ids by key, of deliveries that are not finished
};

// Returns the URL without a slash at its end.
std::string base_of(std::string url)
{
  while (url.ends_with('/'))
    url.pop_back();
  return url;
}

} // namespace

std::unique_ptr<delivery::Handler> make_fanbase_handler(const delivery::HandlerOptions& options,
                                                        store::FanbaseStore* store, const base::Clock& clock)
{
  const auto text = [&options](const char* key) { return options.text(key); };
  if (!text("url").starts_with("http"))
    throw base::Failure(base::Errc::invalid, "url: expected the address of a Fanbase, http://… or https://…");
  if (text("client_id").empty()) throw base::Failure(base::Errc::invalid, "client_id: missing");
  const std::string action = text("action").empty() ? "ticket-create" : text("action");
  const FandataSource fandata = fandata_of(options, action);
  return std::make_unique<FanbaseHandler>(
      FanbaseClient::Options{base_of(text("url")),
                             base_of(text("security_url").empty() ? text("url") : text("security_url")),
                             text("client_id"), options.secret("client_secret"), options.timeout},
      action, fandata, options.timeout, store, clock);
}

} // namespace postbackd::fanbase
