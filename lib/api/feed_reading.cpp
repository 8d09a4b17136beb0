// The feed as followers, and those who wait for an end, read it.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "api/feed.hpp"
#include "base/spawn.hpp"

namespace postbackd::api
{
namespace
{

namespace asio = boost::asio;
using asio::awaitable;

constexpr std::size_t most_at_once = 500;
// A client whose events are few among many is told where to go on.
constexpr std::chrono::seconds most_catching_up{1};

} // namespace

awaitable<Feed::Page> Feed::read(std::int64_t after, std::size_t most, std::string client,
                                 Clock::time_point until)
{
  Page page{{}, after};
  const auto patience = Clock::now() + most_catching_up;
  while (!stopping_) {
    if (current_ && !memory_.has_news(page.next, client)) {
      page.next = std::max(page.next, memory_.last());
      if (Clock::now() >= until) break;
      co_await wait_for_news(client, until);
    } else if (!current_ || page.next < memory_.begin()) {
      const std::int64_t begin =
          memory_.begin(); // nothing up to here is missing, if the store has nothing more
      const FeedItems items = co_await read_store(page.next);
      for (const auto& item : items) {
        if (page.items.size() == most) break;
        page.next = item->note.id;
        if (sees(client, *item)) page.items.push_back(item);
      }
      if (!page.items.empty() || Clock::now() >= (items.empty() ? until : patience)) break;
      if (items.empty()) page.next = std::max(page.next, begin);
      if (items.empty() && !current_ && memory_.last() <= page.next) co_await wait_for_news(client, until);
    } else {
      page = memory_.read(page.next, most, client);
      if (!page.items.empty() || Clock::now() >= until) break;
      co_await wait_for_news(client, until);
    }
  }
  co_await load(page);
  co_return page;
}

// Reads what commits have not told of the events. Those that have been deleted since are left out.
awaitable<void> Feed::load(Page& page)
{
  std::vector<std::int64_t> missing;
  for (const auto& item : page.items)
    if (!item->is_loaded()) missing.push_back(item->note.id);
  if (missing.empty()) co_return;
  std::function<std::vector<model::Event>()> read = [this, &missing] { return store_.events(missing); };
  const std::vector<model::Event> events = co_await base::run_on(background_, std::move(read));
  auto event = events.begin();
  for (const auto& item : page.items)
    if (event != events.end() && event->id == item->note.id) item->load(*event++);
  std::erase_if(page.items, [](const auto& item) { return !item->is_loaded(); });
}

awaitable<FeedItems> Feed::read_store(std::int64_t after)
{
  std::function<std::vector<model::Event>()> read = [this, after] {
    return store_.events_after(after, most_at_once);
  };
  const std::vector<model::Event> events = co_await base::run_on(background_, std::move(read));
  FeedItems items;
  for (const model::Event& event : events)
    items.push_back(std::make_shared<FeedItem>(event));
  co_return items;
}

// While no request waits, events are not noted; so the memory may be old now.
void Feed::count_in()
{
  if (waiting_++ > 0) return;
  {
    const std::lock_guard lock(mutex_);
    must_look_ = true;
  }
  wake();
}

awaitable<void> Feed::wait_for_news(std::string client, Clock::time_point until)
{
  if (stopping_) co_return;
  Timer timer(io_, until);
  boost::system::error_code cancelled;
  const auto place = followers_.emplace(std::move(client), &timer);
  count_in();
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (--waiting_ == 0) current_ = false;
  followers_.erase(place);
}

awaitable<void> Feed::wait_for_end(std::string id, std::int64_t after, Clock::time_point until)
{
  if (stopping_ || after < memory_.begin() || memory_.has_ended(id, after)) co_return;
  Timer timer(io_, until);
  boost::system::error_code cancelled;
  const auto place = ends_.emplace(std::move(id), &timer);
  count_in();
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
