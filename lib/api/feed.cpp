#include "api/feed.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "api/json.hpp"
#include "base/log.hpp"
#include "base/spawn.hpp"

namespace postbackd::api
{
namespace
{

namespace asio = boost::asio;
using asio::awaitable;

// Other programs write to the store too, and nobody tells us.
constexpr std::chrono::milliseconds poll_period{250};
// Under load a look finds the events of many commits, and wakes the followers once.
constexpr std::chrono::milliseconds look_period{5};

} // namespace

Feed::Feed(asio::io_context& io, store::QueryStore& store, asio::any_io_executor background, std::size_t most)
    : io_(io), store_(store), background_(std::move(background)), most_(most), poll_timer_(io),
      look_timer_(io), memory_(most)
{
}

void Feed::start() { base::spawn(io_.get_executor(), "feed", poll()); }

void Feed::stop()
{
  stopping_ = true;
  poll_timer_.cancel();
  look_timer_.cancel();
  tell_all();
}

void Feed::note(const store::CommitGroup& group)
{
  if (waiting_ == 0) return;
  {
    const std::lock_guard lock(mutex_);
    must_look_ = must_look_ || group.has_more_events || noted_.size() + group.events.size() > most_;
    if (must_look_)
      noted_.clear();
    else
      noted_.insert(noted_.end(), group.events.begin(), group.events.end());
  }
  wake();
}

// Until a look begins, further wakes change nothing.
void Feed::wake()
{
  if (waiting_ == 0 || woken_.exchange(true)) return;
  asio::post(io_, [this] {
    if (looking_)
      look_again_ = true;
    else if (!stopping_)
      base::spawn(io_.get_executor(), "feed", look_until_done());
  });
}

awaitable<void> Feed::poll()
{
  boost::system::error_code cancelled;
  while (!stopping_) {
    {
      const std::lock_guard lock(mutex_);
      must_look_ = true;
    }
    wake();
    poll_timer_.expires_after(poll_period);
    co_await poll_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
}

awaitable<void> Feed::look_until_done()
{
  boost::system::error_code cancelled;
  looking_ = true;
  do {
    look_again_ = false;
    look_timer_.expires_at(looked_ + look_period);
    co_await look_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    looked_ = Clock::now();
    woken_ = false;
    try {
      co_await look();
    } catch (const std::exception& e) {
      base::log::error("feed", {{"why", e.what()}}); // the next commit or poll tries again
      look_again_ = false;
    }
  } while (look_again_ && !stopping_);
  looking_ = false;
  woken_ = false; // a wake that came during a look that failed
}

awaitable<void> Feed::look()
{
  const bool is_complete = take_noted();
  if (!is_complete) co_await look_at_store();
  current_ = waiting_ > 0;
  tell_followers();
}

// Adds what commits have told. Returns false if there may be other events.
bool Feed::take_noted()
{
  std::vector<model::EventNote> noted;
  bool must_look = false;
  {
    const std::lock_guard lock(mutex_);
    noted.swap(noted_);
    must_look = std::exchange(must_look_, false);
  }
  if (!known_) return false;
  for (model::EventNote& note : noted) {
    if (note.id <= memory_.last()) continue;
    if (note.id != memory_.last() + 1) return false;
    add(std::make_shared<FeedItem>(std::move(note)));
  }
  return !must_look && current_;
}

// Adds the events that are in the store and not yet in memory. When there are too many, as after a time in
// which nobody waited, it begins with the newest; whoever is behind reads the store.
awaitable<void> Feed::look_at_store()
{
  const std::int64_t newest = co_await last();
  if (!known_ || newest - memory_.last() > static_cast<std::int64_t>(most_)) {
    memory_.reset(newest);
    known_ = true;
    tell_all();
    co_return;
  }
  while (memory_.last() < newest && !stopping_) {
    const FeedItems items = co_await read_store(memory_.last());
    if (items.empty()) break;
    for (const auto& item : items)
      add(item);
    tell_followers();
  }
}

void Feed::add(std::shared_ptr<FeedItem> item)
{
  memory_.add(item);
  news_.insert(item->note.client);
  if (ends_.empty() || !is_final(item->note.kind)) return;
  for (const std::string* id : {&item->note.own_id, &item->note.query_id})
    for (auto [at, end] = ends_.equal_range(*id); at != end; ++at)
      at->second->cancel();
}

void Feed::tell_followers()
{
  if (!news_.empty()) news_.insert(std::string());
  for (const std::string& client : news_)
    for (auto [at, end] = followers_.equal_range(client); at != end; ++at)
      at->second->cancel();
  news_.clear();
}

void Feed::tell_all()
{
  for (const auto& [client, timer] : followers_)
    timer->cancel();
  for (const auto& [id, timer] : ends_)
    timer->cancel();
}

} // namespace postbackd::api
