#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <string>
#include <vector>

#include "model/submission.hpp"
#include "store/query_store.hpp"

namespace postbackd::store::sqlite
{

// Counts what clients ask the platform (schema/1_queries.sql, table usage). Inside the writer's transaction.
class UsageTable
{
public:
  explicit UsageTable(SQLite::Database& database);

  // A submission will be sent; it notes the day (submissions.counted).
  void count(const std::string& client, const std::string& api, const std::string& day);
  // It was not sent, or the platform has not taken it.
  void give_back(const std::string& correlation);
  // An equal submission answers this one.
  void count_shared(const std::string& client, const std::string& api, const std::string& day);

  // Returns why the client may submit nothing more now.
  model::Budget::Exceeded exceeded(const std::string& client, const model::Budget& budget,
                                   const std::string& day);

private:
  void add(SQLite::Statement& statement, const std::string& client, const std::string& api,
           const std::string& day);
  std::int64_t submitted_since(const std::string& client, const std::string& day);

  SQLite::Statement open_;
  SQLite::Statement add_;
  SQLite::Statement take_;
  SQLite::Statement forget_;
  SQLite::Statement share_;
  SQLite::Statement sum_;
};

// A client that sees all is given the usage of all.
std::vector<UsageRecord> find_usage(SQLite::Database& database, const Viewer& viewer,
                                    const UsageFilter& filter);

} // namespace postbackd::store::sqlite
