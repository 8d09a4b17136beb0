#pragma once

#include <SQLiteCpp/Statement.h>

#include <string>

#include "model/event.hpp"

namespace postbackd::store::sqlite
{

// Appends events about a query that have no postback: overdue, failed, lost, closed. Inside the writer's
// transaction.
class QueryEvents
{
public:
  explicit QueryEvents(SQLite::Database& database);

  // `query` is queries.id.
  void append(model::EventKind kind, std::int64_t query, const std::string& now);

private:
  SQLite::Statement insert_;
};

} // namespace postbackd::store::sqlite
