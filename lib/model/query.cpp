#include "model/query.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "base/words.hpp"
#include "model/correlation.hpp"

namespace postbackd::model
{
namespace
{

constexpr base::Words<QueryState, 12> states{{"queued", "submitting", "pending", "answered", "failed",
                                              "notified", "overdue", "recovering", "recovered", "lost",
                                              "closed", "joined"}};

} // namespace

std::string_view to_text(QueryState state) { return states.text(state); }
std::optional<QueryState> query_state_of(std::string_view text) { return states.parse(text); }
std::string query_state_rule() { return fmt::format("expected one of {}", fmt::join(states.texts, ", ")); }

bool is_query_id(std::string_view text)
{
  const auto is_good = [](char c) {
    return c > ' ' && c <= '~' && c != '{' && c != '}' && c != '"' && c != '\'';
  };
  return !text.empty() && text.size() <= longest_query_id && std::all_of(text.begin(), text.end(), is_good) &&
         !is_correlation(base::lower(text));
}

} // namespace postbackd::model
