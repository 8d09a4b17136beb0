#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace postbackd::model
{

// A QueryId is UUID text by the platform's documents; we take any printable ASCII up to this length.
constexpr std::size_t longest_query_id = 128;

// Whether the text can be a QueryId: 1 to longest_query_id printable ASCII characters.
bool is_query_id(std::string_view text);

// What is known of a query's result (docs/schema.md, "States").
enum class QueryState {
  queued,     // not yet submitted
  submitting, // perhaps submitted: no acknowledgement yet
  pending,    // submitted; its result is to come
  answered,
  failed,     // the platform refused it
  notified,   // the platform says that it could not deliver the result
  overdue,    // past its deadline
  recovering, // its result is looked for in the platform's log
  recovered,  // its result came from the log
  lost,       // the log does not have it
};
std::string_view to_text(QueryState state);
std::optional<QueryState> query_state_of(std::string_view text);
// No result will come but by chance: refused, or lost.
constexpr bool is_given_up(QueryState state)
{
  return state == QueryState::failed || state == QueryState::lost;
}

// A query to be registered: what an application knows of it.
struct Query {
  std::optional<std::string> query_id;    // known once the platform has acknowledged it
  std::optional<std::string> correlation; // ours: names the query in its own URL (model/correlation.hpp)
  std::optional<std::string> label;       // the application's own words
  std::optional<std::string> api;
  std::optional<std::string> datasets;
  std::optional<base::TimePoint> deadline_at; // absent: the configured deadline
};

} // namespace postbackd::model
