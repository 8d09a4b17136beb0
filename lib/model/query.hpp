#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace postbackd::model
{

// A QueryId is a UUID by the platform's documents; we accept more, up to this length.
constexpr std::size_t longest_query_id = 128;

// Returns whether the text can be a QueryId: 1 to longest_query_id printable ASCII characters without blanks,
// braces and quotes, and not the spelling of a correlation (model/query_name.hpp). The schema has the same
// rule.
bool is_query_id(std::string_view text);
constexpr auto query_id_rule = "expected 1 to 128 printable ASCII characters, without blanks, braces and "
                               "quotes, and not 32 hexadecimal digits";

// What is known about a query's result (docs/schema.md, "Views").
enum class QueryState {
  queued,     // not yet submitted
  submitting, // perhaps submitted: no acknowledgement yet
  pending,    // submitted; waiting for its result
  answered,
  failed,     // the platform refused it
  notified,   // the platform says that it could not deliver the result
  overdue,    // past its deadline
  recovering, // looking for its result in the platform's log
  recovered,  // its result came from the log
  lost,       // the log does not have it
  closed,     // an operator gave it up
  joined,     // waits for the result of an equal submission
};
std::string_view to_text(QueryState state);
std::optional<QueryState> query_state_of(std::string_view text);
std::string query_state_rule(); // what is expected, for people
// Returns whether a result can come only by chance: the query was refused, is lost or was closed.
constexpr bool is_given_up(QueryState state)
{
  return state == QueryState::failed || state == QueryState::lost || state == QueryState::closed;
}

// A query to register, as the application knows it.
struct Query {
  std::optional<std::string> query_id;    // known once the platform has acknowledged it
  std::optional<std::string> correlation; // ours: names the query in its own URL (model/correlation.hpp)
  std::optional<std::string> label;       // chosen by the application
  std::optional<std::string> api;
  std::optional<std::string> datasets;
  std::optional<base::TimePoint> deadline_at; // absent: the configured deadline
  std::optional<std::string> key; // chosen by the application: of one client, the same key is the same query
  std::optional<std::string> metadata; // a JSON object of the application's, at most 4 KiB
  std::optional<std::string> group;    // chosen by the application: queries of it that belong together
  std::optional<std::string> trace;    // TraceContext::text of the request that registers it
  std::string client;                  // who registers; empty: a program on this host, by the file
};

} // namespace postbackd::model
