#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "model/postback.hpp"

namespace postbackd::model
{

// The kinds of events that handlers can receive (docs/handlers.md).
enum class EventKind {
  result,
  notice,
  overdue,
  recovered,
  late,   // a result after `failed`, `lost` or `closed`
  failed, // the platform refused the query
  lost,   // its log does not have the result
  closed, // an operator gave the query up
  erased, // what was known of the query, on request
  extra,  // another result of a query that has one
  unmatched,
  ticket_create,
  update_fandata,
  app_event,
  group, // the last query of a group has its end
  alert, // something that somebody should look at has begun or ended
  era    // nothing: the numbers of events begin anew here
};
std::string_view to_text(EventKind kind); // as written in the store and in the configuration
std::optional<EventKind> event_kind_of(std::string_view text);

// The ends of a query: it has one, and a second one only if that is `late`.
inline constexpr std::array final_events{EventKind::result, EventKind::recovered, EventKind::late,
                                         EventKind::failed, EventKind::lost,      EventKind::closed};

// An event with the known facts about its query and its postback; absent texts are empty.
struct Event {
  std::int64_t id = 0; // greater than those of earlier events
  EventKind kind = EventKind::result;
  std::optional<Receipt> receipt; // absent: without a postback
  std::string own_id; // names the query from its registration on; without one of ours, its QueryId
  std::string query_id;
  std::string label;
  std::string key;      // the application's Idempotency-Key
  std::string metadata; // the application's JSON object
  std::string group;
  std::string trace;      // TraceContext::text
  bool is_erased = false; // what its query said of a person was erased
  std::string api;
  std::string datasets;             // as registered: separated by commas
  std::string status;               // ok, partial, failed
  std::optional<std::int64_t> code; // the platform's, of a failed query
  std::string message;              // why it failed, is lost or was closed
  std::string client;               // that registered the query
  base::TimePoint created_at{};
  std::string route;
  std::string action;                 // of a queue object
  std::string about;                  // the handler that an alert is about; that one is not given it
  std::string event_name;             // of an app's event
  std::optional<std::int64_t> object; // the queue object, the app's event or the alert in the store
};

// What is known of an event when it is appended.
struct EventNote {
  std::int64_t id = 0;
  EventKind kind = EventKind::result;
  std::string own_id; // as of an Event
  std::string query_id;
  std::string client;
  bool has_object = false; // it is about a queue object, an app's event or an alert: nobody follows those
};

// Selects the events of a handler. An empty condition allows everything, but empty kinds allow only results,
// recovered and late ones. Queue objects and app events go only to a handler that names an action or an
// event_name; `*` is any.
struct EventMatch {
  std::vector<EventKind> kinds;
  std::vector<std::string> routes;
  std::vector<std::string> apis;
  std::vector<std::string> datasets; // one of the query's
  std::vector<std::string> labels;
  std::vector<std::string> statuses;
  std::vector<std::string> actions;     // if not empty: queue objects with one of them only
  std::vector<std::string> event_names; // if not empty: app events with one of them only
  // By JSON Pointer (text/json_pointer.hpp): the document has one of these values there, at each place.
  std::map<std::string, std::vector<std::string>> values;

  // Without the document.
  bool matches(const Event& event) const;
  bool matches_values(const std::map<std::string, std::string>& found) const;
  bool operator==(const EventMatch&) const = default;
};

} // namespace postbackd::model
