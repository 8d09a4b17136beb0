#include "api/feed_filter.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/problem.hpp"

namespace postbackd::api
{
namespace
{

using model::EventKind;

// Of the others, no follower is given one.
constexpr EventKind told[] = {EventKind::result,  EventKind::recovered, EventKind::late,
                              EventKind::failed,  EventKind::lost,      EventKind::closed,
                              EventKind::erased,  EventKind::extra,     EventKind::notice,
                              EventKind::overdue, EventKind::group,     EventKind::unmatched};

void add_kinds(std::string_view word, std::set<EventKind>& kinds)
{
  if (word == "final") return kinds.insert(model::final_events.begin(), model::final_events.end());
  const auto kind = model::event_kind_of(word);
  if (!kind || std::find(std::begin(told), std::end(told), *kind) == std::end(told)) {
    std::string words = "final";
    for (const EventKind each : told)
      words += fmt::format(", {}", model::to_text(each));
    throw BadRequest("expected some of " + words + ", separated by commas", "event");
  }
  kinds.insert(*kind);
}

bool agrees(const std::optional<std::string>& wanted, const std::string& value)
{
  return !wanted || *wanted == value;
}

} // namespace

FeedFilter FeedFilter::of(const Parameters& parameters)
{
  FeedFilter filter{{}, parameters.text("label"), parameters.text("group"), parameters.text("api")};
  if (const auto text = parameters.text("event"))
    for (std::size_t begin = 0; begin <= text->size();) {
      const std::size_t end = std::min(text->find(',', begin), text->size());
      add_kinds(std::string_view(*text).substr(begin, end - begin), filter.kinds);
      begin = end + 1;
    }
  return filter;
}

bool FeedFilter::allows(const FeedItem& item) const
{
  if (!kinds.empty() && !kinds.contains(item.note.kind)) return false;
  // Nobody knows any more which label it had, and whoever follows it has to hear of it.
  if (item.facts().is_erased) return true;
  return agrees(label, item.facts().label) && agrees(group, item.facts().group) &&
         agrees(api, item.facts().api);
}

} // namespace postbackd::api
