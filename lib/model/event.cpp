#include "model/event.hpp"

#include <algorithm>

#include "base/words.hpp"

namespace postbackd::model
{
namespace
{

constexpr base::Words<EventKind, 17> kind_words{
    {"result", "notice", "overdue", "recovered", "late", "failed", "lost", "closed", "erased", "extra",
     "unmatched", "ticket-create", "update-fandata", "app-event", "group", "alert", "era"}};

bool allows(const std::vector<std::string>& condition, std::string_view value)
{
  return condition.empty() || std::find(condition.begin(), condition.end(), value) != condition.end();
}

bool allows_one_of(const std::vector<std::string>& condition, std::string_view list)
{
  if (condition.empty()) return true;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
    item = item.substr(0, item.find_last_not_of(' ') + 1);
    if (allows(condition, item)) return true;
  }
  return false;
}

bool names(const std::vector<std::string>& condition, std::string_view value)
{
  return !condition.empty() && (condition.front() == "*" || allows(condition, value));
}

} // namespace

std::string_view to_text(EventKind kind) { return kind_words.text(kind); }
std::optional<EventKind> event_kind_of(std::string_view text) { return kind_words.parse(text); }

bool EventMatch::matches(const Event& event) const
{
  if (event.kind == EventKind::ticket_create || event.kind == EventKind::update_fandata)
    return names(actions, event.action);
  if (event.kind == EventKind::app_event) return names(event_names, event.event_name);
  if (!actions.empty() || !event_names.empty()) return false;
  const bool kind = kinds.empty() ? event.kind == EventKind::result || event.kind == EventKind::recovered ||
                                        event.kind == EventKind::late
                                  : std::find(kinds.begin(), kinds.end(), event.kind) != kinds.end();
  return kind && allows(routes, event.route) && allows(apis, event.api) &&
         allows_one_of(datasets, event.datasets) && allows(labels, event.label) &&
         allows(statuses, event.status);
}

bool EventMatch::matches_values(const std::map<std::string, std::string>& found) const
{
  return std::all_of(values.begin(), values.end(), [&found](const auto& condition) {
    const auto value = found.find(condition.first);
    return value != found.end() && allows(condition.second, value->second);
  });
}

} // namespace postbackd::model
