#pragma once

#include <string>
#include <vector>

#include "model/submission.hpp"
#include "sql/statement.hpp"
#include "store/query_store.hpp"

namespace postbackd::store::tables
{

// Counts what clients ask the platform (schema/*/1_queries.sql, table usage). Inside the writer's
// transaction.
class UsageTable
{
public:
  explicit UsageTable(sql::Database& database);

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
  void add(sql::Statement& statement, const std::string& client, const std::string& api,
           const std::string& day);
  std::int64_t submitted_since(const std::string& client, const std::string& day);

  sql::Statement open_;
  sql::Statement add_;
  sql::Statement take_;
  sql::Statement forget_;
  sql::Statement share_;
  sql::Statement sum_;
};

// A client that sees all is given the usage of all.
std::vector<UsageRecord> find_usage(sql::Database& database, const Viewer& viewer, const UsageFilter& filter);

} // namespace postbackd::store::tables
