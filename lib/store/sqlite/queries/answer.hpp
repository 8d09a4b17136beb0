#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace postbackd::store::sqlite
{

// Gives a query its result. Inside the writer's transaction.
class Answer
{
public:
  explicit Answer(SQLite::Database& database);

  // `state` is a literal: answered or recovered.
  void give(std::int64_t query, std::string_view state, std::int64_t receipt, const std::string& now);

private:
  SQLite::Statement update_;
};

} // namespace postbackd::store::sqlite
