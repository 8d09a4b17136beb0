#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <vector>

#include "store/submission_store.hpp"

namespace postbackd::store::sqlite
{

// Registers queries, on any connection. Keeps its statements: to prepare the INSERT, with its triggers, takes
// longer than to run it.
class Registration
{
public:
  explicit Registration(SQLite::Database& database);

  // Registers a query; one that is known stays as it is. Must run inside the caller's transaction. Returns
  // the id that names it, and as `is_different` whether its key, or its QueryId, belongs to another query of
  // this client, or of another one.
  Enqueued register_query(const model::Query& query, base::TimePoint now);

private:
  struct Known {
    std::int64_t row;
    std::string id;
    std::string client;
  };
  std::vector<Known> find_known(const model::Query& query);
  std::optional<Enqueued> find_by_key(const model::Query& query);
  bool insert(const model::Query& query, base::TimePoint now);
  void adopt(std::int64_t row, const model::Query& query);

  SQLite::Statement by_key_;
  SQLite::Statement known_;
  SQLite::Statement insert_;
  SQLite::Statement adopt_;
};

} // namespace postbackd::store::sqlite
