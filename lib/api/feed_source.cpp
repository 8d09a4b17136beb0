#include "api/feed_source.hpp"

#include <algorithm>

#include "base/spawn.hpp"

namespace postbackd::api
{
namespace
{

using boost::asio::awaitable;

constexpr std::size_t most_at_once = 500;

} // namespace

awaitable<store::QueryStore::Newest> FeedSource::newest() const
{
  std::function<store::QueryStore::Newest()> read = [this] { return store_.newest(); };
  co_return co_await base::run_on(background_, std::move(read));
}

awaitable<std::optional<std::int64_t>> FeedSource::parted_at(std::int64_t after) const
{
  std::function<std::optional<std::int64_t>()> read = [this, after] { return store_.parted_at(after); };
  co_return co_await base::run_on(background_, std::move(read));
}

awaitable<FeedItems> FeedSource::after(std::int64_t event) const
{
  std::function<std::vector<model::Event>()> read = [this, event] {
    return store_.events_after(event, most_at_once);
  };
  const std::vector<model::Event> events = co_await base::run_on(background_, std::move(read));
  FeedItems items;
  for (const model::Event& each : events)
    items.push_back(std::make_shared<FeedItem>(each));
  co_return items;
}

awaitable<void> FeedSource::load(FeedPage& page) const
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

} // namespace postbackd::api
