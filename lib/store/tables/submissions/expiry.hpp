#pragma once

#include <string>

#include "sql/statement.hpp"

namespace postbackd::store::tables
{

// Returns the SQL of the time at which a submission without one of its own expires; `since` is the value `?N`
// of a time.
inline std::string expiry_of(sql::Database& database, const std::string& since)
{
  constexpr auto setting = "(SELECT value FROM settings WHERE name = 'expires')";
  return sql::worded(database, ("strftime('%Y-%m-%dT%H:%M:%fZ', " + since + ", " + setting + ")").c_str(),
                     ("CAST(" + since + " AS timestamptz) + CAST(" + setting + " AS interval)").c_str());
}

} // namespace postbackd::store::tables
