#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sql/statement.hpp"

namespace postbackd::store::tables
{

// Gives a query its result. Inside the writer's transaction.
class Answer
{
public:
  explicit Answer(sql::Database& database);

  // `state` is a literal: answered or recovered.
  void give(std::int64_t query, std::string_view state, std::int64_t receipt, const std::string& now);

private:
  sql::Statement update_;
};

} // namespace postbackd::store::tables
