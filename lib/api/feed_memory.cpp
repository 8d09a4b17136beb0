#include "api/feed_memory.hpp"

#include <algorithm>

#include "api/json.hpp"

namespace postbackd::api
{
namespace
{

model::EventNote note_of(const model::Event& event)
{
  return {event.id,       event.kind,   event.own_id,
          event.query_id, event.client, event.object && event.kind != model::EventKind::group};
}

// Returns the first item after this number.
template<class Items>
auto after_of(const Items& items, std::int64_t after)
{
  return std::upper_bound(items.begin(), items.end(), after,
                          [](std::int64_t seq, const auto& item) { return seq < item->note.id; });
}

} // namespace

bool is_final(model::EventKind kind)
{
  return std::find(model::final_events.begin(), model::final_events.end(), kind) != model::final_events.end();
}

FeedItem::FeedItem(const model::Event& event) : note(note_of(event)) { load(event); }

void FeedItem::load(const model::Event& event)
{
  json_ = to_json(event);
  facts_ = {event.label, event.group, event.api, event.receipt, event.is_erased};
}

bool sees(const std::string& client, const FeedItem& item)
{
  return !item.note.has_object && (client.empty() || item.note.client == client);
}

void FeedMemory::reset(std::int64_t last)
{
  items_.clear();
  newest_.clear();
  begin_ = last_ = known_since_ = last;
}

void FeedMemory::add(std::shared_ptr<FeedItem> item)
{
  if (newest_.size() > most_) { // other programs register queries with any client
    newest_.clear();
    known_since_ = last_;
  }
  last_ = newest_[item->note.client] = item->note.id;
  items_.push_back(std::move(item));
  if (items_.size() <= most_) return;
  begin_ = items_.front()->note.id;
  items_.pop_front();
}

bool FeedMemory::has_news(std::int64_t after, const std::string& client) const
{
  if (client.empty() || after < known_since_) return after < last_;
  const auto newest = newest_.find(client);
  return newest != newest_.end() && after < newest->second;
}

FeedPage FeedMemory::read(std::int64_t after, std::size_t most, const std::string& client) const
{
  FeedPage page{{}, std::max(after, last_)};
  for (auto at = after_of(items_, after); at != items_.end(); ++at) {
    if (!sees(client, **at)) continue;
    page.items.push_back(*at);
    if (page.items.size() == most) {
      page.next = (*at)->note.id;
      break;
    }
  }
  return page;
}

bool FeedMemory::has_ended(const std::string& id, std::int64_t after) const
{
  return std::any_of(after_of(items_, after), items_.end(), [&id](const auto& item) {
    return is_final(item->note.kind) && (item->note.own_id == id || item->note.query_id == id);
  });
}

} // namespace postbackd::api
