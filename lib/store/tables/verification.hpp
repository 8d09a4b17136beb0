#pragma once

#include "sql/database.hpp"
#include "store/archive.hpp"

// What Archive::verify checks by SQL. Blocking.
namespace postbackd::store::tables
{

using SayProblem = std::function<void(const std::string& problem)>;
using CheckProgress = std::function<void(const std::string& what, std::int64_t done, std::int64_t total)>;

// What belongs together.
void check_relations(sql::Database& database, const SayProblem& say, const CheckProgress& progress);
// Each body with the digest and the size of its postback.
void check_bodies(sql::Database& database, const SayProblem& say, const CheckProgress& progress);

} // namespace postbackd::store::tables
