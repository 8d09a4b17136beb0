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
    : io_(io), source_(store, std::move(background)), most_(most), poll_timer_(io), look_timer_(io),
      memory_(most)
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
    noted_.has_more |= group.has_more_events || noted_.events.size() + group.events.size() > most_;
    if (noted_.has_more)
      noted_.events.clear();
    else
      noted_.events.insert(noted_.events.end(), group.events.begin(), group.events.end());
  }
  wake();
}

NotedEvents Feed::noted()
{
  const std::lock_guard lock(mutex_);
  return std::exchange(noted_, {});
}

// Until a look begins, further wakes change nothing.
void Feed::wake()
{
  if (waiting_ == 0 || woken_.exchange(true)) return;
  asio::post(io_, [this] {
    if (looking_ != Looking::no)
      looking_ = Looking::and_once_more;
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
      noted_.has_more = true;
    }
    wake();
    poll_timer_.expires_after(poll_period);
    co_await poll_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
}

awaitable<void> Feed::look_until_done()
{
  boost::system::error_code cancelled;
  do {
    looking_ = Looking::yes;
    look_timer_.expires_at(looked_ + look_period);
    co_await look_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    looked_ = Clock::now();
    woken_ = false;
    try {
      co_await look();
    } catch (const std::exception& e) {
      base::log::error("feed", {{"why", e.what()}}); // the next commit or poll tries again
      looking_ = Looking::yes;
    }
  } while (looking_ == Looking::and_once_more && !stopping_);
  looking_ = Looking::no;
  woken_ = false; // a wake that came during a look that failed
}

awaitable<void> Feed::look()
{
  TakenEvents taken = take(knowledge_, memory_.last(), noted());
  for (model::EventNote& note : taken.added)
    add(std::make_shared<FeedItem>(std::move(note)));
  if (taken.must_look) co_await look_at_store();
  knowledge_ = waiting_ > 0 ? Knowledge::current : Knowledge::behind;
  tell_followers();
}

// Adds the events that are in the store and not yet in memory. When there are too many, as after a time in
// which nobody waited, it begins with the newest; whoever is behind reads the store. So it does after an
// erasure: the memory may have words of whoever was erased.
awaitable<void> Feed::look_at_store()
{
  const auto [newest, erasures] = co_await source_.newest();
  const bool has_erased = std::exchange(erasures_, erasures) != erasures;
  if (knowledge_ == Knowledge::unknown || has_erased ||
      newest - memory_.last() > static_cast<std::int64_t>(most_)) {
    memory_.reset(newest);
    tell_all();
    co_return;
  }
  while (memory_.last() < newest && !stopping_) {
    const FeedItems items = co_await source_.after(memory_.last());
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
  for (const Waiters* waiters : {&followers_, &ends_})
    for (const auto& [name, timer] : *waiters)
      timer->cancel();
}

awaitable<void> Feed::wait_for_news(std::string client, Clock::time_point until)
{
  co_await wait(followers_, std::move(client), until);
}

awaitable<bool> Feed::wait_for_end(std::string id, std::int64_t after, Clock::time_point until)
{
  if (after < memory_.begin() || memory_.has_ended(id, after)) co_return true;
  co_return co_await wait(ends_, std::move(id), until);
}

// While no request waits, events are not noted; so the memory may be old when one begins.
awaitable<bool> Feed::wait(Waiters& waiters, std::string name, Clock::time_point until)
{
  if (stopping_) co_return true;
  Timer timer(io_, until);
  boost::system::error_code cancelled;
  const auto place = waiters.emplace(std::move(name), &timer);
  if (waiting_++ == 0) {
    {
      const std::lock_guard lock(mutex_);
      noted_.has_more = true;
    }
    wake();
  }
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (--waiting_ == 0 && knowledge_ == Knowledge::current) knowledge_ = Knowledge::behind;
  waiters.erase(place);
  co_return cancelled == asio::error::operation_aborted;
}

} // namespace postbackd::api
