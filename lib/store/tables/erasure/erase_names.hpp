#pragma once

#include <cstdint>

#include "sql/database.hpp"

namespace postbackd::store::tables
{

// Other names (common/erased_name.hpp) take the place of a QueryId and a correlation that have a person's
// number in them. Inside a transaction that writes.
void erase_names_of_query(sql::Database& database, std::int64_t query);
void erase_names_of_postback(sql::Database& database, std::int64_t receipt);

} // namespace postbackd::store::tables
