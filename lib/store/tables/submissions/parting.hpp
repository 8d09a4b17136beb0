#pragma once

#include "sql/database.hpp"
#include "store/tables/submissions/sharing.hpp"

namespace postbackd::store::tables
{

// Lets a query go its own way before it is erased for its client alone: those that wait for its end get it,
// or the first of them is submitted in its place; a result that other queries have too becomes theirs.
class Parting
{
public:
  explicit Parting(sql::Database& database) : database_(database) {}

  // Inside a transaction that writes; `now` is text.
  void part(std::int64_t query, const std::string& now);

private:
  void leave_result(std::int64_t query, std::int64_t heir, const std::string& now);

  sql::Database& database_;
};

} // namespace postbackd::store::tables
