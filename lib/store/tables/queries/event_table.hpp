#pragma once

#include <optional>
#include <string>

#include "model/event.hpp"
#include "sql/statement.hpp"

namespace postbackd::store::tables
{

// Appends the events that handlers and followers are given (schema/*/3_deliveries.sql). Triggers append those
// of late matches. Inside the writer's transaction.
class EventTable
{
public:
  explicit EventTable(sql::Database& database);

  // What an event is about: a postback; a query, if there is no postback, or it has answered another one; or
  // an object of the Fanbase side, if there is neither.
  struct Subject {
    std::optional<std::int64_t> receipt{};
    std::optional<std::int64_t> query{}; // queries.id
    std::optional<std::int64_t> object{};
  };
  // Returns its number.
  std::int64_t append(model::EventKind kind, const Subject& subject, const std::string& now);

private:
  sql::Statement insert_;
};

} // namespace postbackd::store::tables
