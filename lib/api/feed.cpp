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
constexpr std::size_t most_at_once = 500;
// A client whose events are few among many is told where to go on.
constexpr std::chrono::seconds most_catching_up{1};

bool is_final(model::EventKind kind)
{
  return std::find(model::final_events.begin(), model::final_events.end(), kind) != model::final_events.end();
}

// Returns the first item after this number.
template<class Items>
auto after_of(const Items& items, std::int64_t after)
{
  return std::upper_bound(items.begin(), items.end(), after,
                          [](std::int64_t seq, const auto& item) { return seq < item->event.id; });
}

bool sees(const std::string& client, const Feed::Item& item)
{
  return !item.event.object && (client.empty() || item.event.client == client);
}

} // namespace

const std::string& Feed::Item::json() const
{
  if (json_.empty()) json_ = to_json(event);
  return json_;
}

Feed::Feed(asio::io_context& io, store::QueryStore& store, asio::any_io_executor background, std::size_t most)
    : io_(io), store_(store), background_(std::move(background)), most_(most), poll_timer_(io),
      look_timer_(io)
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

void Feed::wake()
{
  if (waiting_ == 0 || woken_.exchange(true)) return;
  asio::post(io_, [this] {
    woken_ = false;
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
    try {
      co_await look();
    } catch (const base::Failure& e) {
      base::log::error("feed", {{"why", e.what()}}); // the next commit or poll tries again
      look_again_ = false;
    }
  } while (look_again_ && !stopping_);
  looking_ = false;
}

// Adds the events since the last look. When there are too many, as after a time in which nobody waited, it
// begins with the newest; who is behind reads the store.
awaitable<void> Feed::look()
{
  const std::int64_t newest = co_await last();
  if (!known_ || newest - last_ > static_cast<std::int64_t>(most_)) {
    items_.clear();
    begin_ = last_ = newest;
    known_ = true;
    current_ = waiting_ > 0;
    tell_all();
    co_return;
  }
  current_ = waiting_ > 0;
  while (last_ < newest && !stopping_) {
    std::function<std::vector<model::Event>()> read = [this] {
      return store_.events_after(last_, most_at_once);
    };
    const std::vector<model::Event> events = co_await base::run_on(background_, std::move(read));
    if (events.empty()) break;
    for (const model::Event& event : events)
      add(event);
    for (Timer* follower : followers_)
      follower->cancel();
  }
}

void Feed::add(const model::Event& event)
{
  last_ = event.id;
  items_.push_back(std::make_shared<const Item>(event));
  if (items_.size() > most_) {
    begin_ = items_.front()->event.id;
    items_.pop_front();
  }
  if (!is_final(event.kind)) return;
  for (const std::string* id : {&event.own_id, &event.query_id})
    for (auto [at, end] = ends_.equal_range(*id); at != end; ++at)
      at->second->cancel();
}

void Feed::tell_all()
{
  for (Timer* follower : followers_)
    follower->cancel();
  for (const auto& [id, timer] : ends_)
    timer->cancel();
}

awaitable<Feed::Page> Feed::read(std::int64_t after, std::size_t most, std::string client,
                                 Clock::time_point until)
{
  Page page{{}, after};
  const auto patience = Clock::now() + most_catching_up;
  while (!stopping_) {
    if (!current_ || page.next < begin_) {
      const std::int64_t begin = begin_; // nothing up to here is missing, if the store has nothing more
      const Items items = co_await read_store(page.next);
      for (const auto& item : items) {
        if (page.items.size() == most) break;
        page.next = item->event.id;
        if (sees(client, *item)) page.items.push_back(item);
      }
      if (!page.items.empty() || Clock::now() >= (items.empty() ? until : patience)) break;
      if (items.empty()) page.next = std::max(page.next, begin);
      if (items.empty() && !current_ && last_ <= page.next) co_await wait_for_news(until);
    } else {
      page = read_memory(page.next, most, client);
      if (!page.items.empty() || Clock::now() >= until) break;
      co_await wait_for_news(until);
    }
  }
  co_return page;
}

Feed::Page Feed::read_memory(std::int64_t after, std::size_t most, const std::string& client) const
{
  Page page{{}, std::max(after, last_)};
  for (auto at = after_of(items_, after); at != items_.end(); ++at) {
    if (!sees(client, **at)) continue;
    page.items.push_back(*at);
    if (page.items.size() == most) {
      page.next = (*at)->event.id;
      break;
    }
  }
  return page;
}

awaitable<Feed::Items> Feed::read_store(std::int64_t after)
{
  std::function<std::vector<model::Event>()> read = [this, after] {
    return store_.events_after(after, most_at_once);
  };
  const std::vector<model::Event> events = co_await base::run_on(background_, std::move(read));
  Items items;
  for (const model::Event& event : events)
    items.push_back(std::make_shared<const Item>(event));
  co_return items;
}

awaitable<void> Feed::wait_for_news(Clock::time_point until)
{
  if (stopping_) co_return;
  Timer timer(io_, until);
  boost::system::error_code cancelled;
  followers_.insert(&timer);
  if (waiting_++ == 0) wake(); // nobody has looked while nobody waited
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (--waiting_ == 0) current_ = false;
  followers_.erase(&timer);
}

bool Feed::has_ended(const std::string& id, std::int64_t after) const
{
  return std::any_of(after_of(items_, after), items_.end(), [&id](const auto& item) {
    return is_final(item->event.kind) && (item->event.own_id == id || item->event.query_id == id);
  });
}

awaitable<void> Feed::wait_for_end(std::string id, std::int64_t after, Clock::time_point until)
{
  if (stopping_ || after < begin_ || has_ended(id, after)) co_return;
  Timer timer(io_, until);
  boost::system::error_code cancelled;
  const auto place = ends_.emplace(std::move(id), &timer);
  if (waiting_++ == 0) wake();
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (--waiting_ == 0) current_ = false;
  ends_.erase(place);
}

awaitable<std::int64_t> Feed::last()
{
  std::function<std::int64_t()> read = [this] { return store_.last_event(); };
  co_return co_await base::run_on(background_, std::move(read));
}

} // namespace postbackd::api
