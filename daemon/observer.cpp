#include "observer.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"
#include "base/spawn.hpp"

namespace postbackd
{

namespace asio = boost::asio;

namespace
{

constexpr std::chrono::seconds observe_period{5};
constexpr std::chrono::minutes calm{1};
constexpr std::chrono::hours size_period{1};
constexpr std::size_t most_unsaved = 1'000;

} // namespace

void Observer::start() { base::spawn(io_.get_executor(), "observer", observe()); }

void Observer::begin_stop()
{
  stopping_ = true;
  asio::post(io_, [this] { timer_.cancel(); });
}

asio::awaitable<void> Observer::observe()
{
  while (!stopping_) {
    const admin::Status status = co_await dependencies_.admin.look(false);
    std::function<void()> note_it = [this, &status] { note(status); };
    co_await base::run_on(dependencies_.background, std::move(note_it));
    if (stopping_) co_return; // a stop meanwhile cancelled no timer
    timer_.expires_after(observe_period);
    boost::system::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void Observer::note(const admin::Status& status)
{
  dependencies_.refusals.tell_held_back();
  for (auto& entry : dependencies_.refusals.recent().take_new(status.now))
    if (unsaved_.size() < most_unsaved)
      unsaved_.push_back({entry.reason, entry.remote, entry.path, entry.count, entry.last});
  if (stopping_ || !status.store) return; // it cannot be written either
  std::vector<store::Alert> alerts;
  for (const admin::Problem& problem : admin::problems_of_process(status))
    alerts.push_back(problem);
  if (dependencies_.sees_store)
    for (const admin::Problem& problem : admin::problems_of_store(status))
      alerts.push_back(problem);
  auto noted = dependencies_.store.set_alerts(dependencies_.source, calmed(std::move(alerts)), status.now);
  if (noted) noted = dependencies_.store.add_refusals(unsaved_);
  if (noted) unsaved_.clear();
  if (noted && dependencies_.sees_store && Clock::now() - sized_at_ > size_period) {
    noted = dependencies_.store.note_size(status.now);
    sized_at_ = Clock::now();
  }
  if (!noted) base::log::warning("not_observed", {{"why", noted.error().message}});
}

std::vector<store::Alert> Observer::calmed(std::vector<store::Alert> seen)
{
  const auto now = Clock::now();
  for (store::Alert& alert : seen) {
    std::pair key{alert.name, alert.handler};
    seen_[std::move(key)] = {std::move(alert), now};
  }
  std::erase_if(seen_, [&](const auto& entry) { return now - entry.second.at > calm; });
  std::vector<store::Alert> calmed;
  for (const auto& [key, entry] : seen_)
    calmed.push_back(entry.alert);
  return calmed;
}

} // namespace postbackd
