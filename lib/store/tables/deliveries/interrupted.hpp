#pragma once

#include <string>

#include "sql/database.hpp"

namespace postbackd::store::tables
{

// Makes deliveries due again, at `now`, that a process left running that is dead, or this one (the beginning
// of Engine::claim_name, or empty). Returns how many. Inside a transaction that writes.
std::int64_t release_interrupted(sql::Database& database, const std::string& process, const std::string& now);

} // namespace postbackd::store::tables
