#pragma once

#include <string>
#include <variant>

// What names a query. No text is both: a QueryId never has the spelling of a correlation (is_query_id, and a
// CHECK of the schema), so nobody can register a QueryId that is found in place of another query's own id.
namespace postbackd::model
{

// Ours (model/correlation.hpp).
struct Correlation {
  std::string text;
};
// The platform's.
struct QueryId {
  std::string text;
};
using QueryName = std::variant<Correlation, QueryId>;

// Reads what a user or a client has written.
QueryName query_name_of(const std::string& text);

} // namespace postbackd::model
