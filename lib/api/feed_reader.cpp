#include "api/feed_reader.hpp"

#include <algorithm>

namespace postbackd::api
{
namespace
{

using boost::asio::awaitable;

// A client whose events are few among many is told where to go on.
constexpr std::chrono::seconds most_catching_up{1};

// Takes up to `most` events that the client sees.
void take_seen(const FeedItems& items, std::size_t most, const std::string& client, FeedPage& page)
{
  for (const auto& item : items) {
    if (page.items.size() == most) return;
    page.next = item->note.id;
    if (sees(client, *item)) page.items.push_back(item);
  }
}

} // namespace

// Whoever leaves keeps its place no longer than this.
awaitable<void> FeedReader::wait(Feed::Clock::time_point until)
{
  std::string client = seen_;
  return feed_.wait_for_news(std::move(client), std::min(until, Feed::Clock::now() + longest_absence));
}

awaitable<FeedPage> FeedReader::read(std::int64_t after, std::size_t most, Feed::Clock::time_point until)
{
  using Clock = Feed::Clock;
  const auto patience = Clock::now() + most_catching_up;
  FeedPage page{{}, after};
  for (;;) {
    page = co_await read_seen(page.next, most, until);
    const bool has_seen = !page.items.empty();
    std::erase_if(page.items, [this](const auto& item) { return !filter_.allows(*item); });
    if (!has_seen || !page.items.empty() || feed_.stopping() || is_over()) break;
    if (Clock::now() >= (page.next < feed_.memory().last() ? patience : until)) break;
  }
  co_return page;
}

awaitable<FeedPage> FeedReader::read_seen(std::int64_t after, std::size_t most, Feed::Clock::time_point until)
{
  using Clock = Feed::Clock;
  const FeedMemory& memory = feed_.memory();
  FeedPage page{{}, after};
  const auto patience = Clock::now() + most_catching_up;
  while (!feed_.stopping() && !is_over()) {
    if (feed_.is_current() && !memory.has_news(page.next, seen_)) {
      page.next = std::max(page.next, memory.last());
      if (Clock::now() >= until) break;
      co_await wait(until);
    } else if (!feed_.is_current() || page.next < memory.begin()) {
      // Nothing up to here is missing, if the store has nothing more.
      const std::int64_t begin = memory.begin();
      const FeedItems items = co_await feed_.source().after(page.next);
      take_seen(items, most, seen_, page);
      if (!page.items.empty() || Clock::now() >= (items.empty() ? until : patience)) break;
      if (items.empty()) page.next = std::max(page.next, begin);
      if (items.empty() && !feed_.is_current() && memory.last() <= page.next) co_await wait(until);
    } else {
      page = memory.read(page.next, most, seen_);
      if (!page.items.empty() || Clock::now() >= until) break;
      co_await wait(until);
    }
  }
  co_await feed_.source().load(page);
  co_return page;
}

} // namespace postbackd::api
