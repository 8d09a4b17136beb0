#pragma once

#include <optional>

#include "sql/statement.hpp"
#include "store/submission_store.hpp"

namespace postbackd::store::tables
{

// Registers queries, on any connection. Keeps its statements: to prepare the INSERT, with its triggers, takes
// longer than to run it.
class Registration
{
public:
  explicit Registration(sql::Database& database);

  // Registers a query; one that is known stays as it is, and nothing changes if what is given contradicts
  // what is known (`belongs_to_another`), or if a client gives a correlation that POST /v1/hooks has not made
  // for it (`is_unknown`). Must run inside the caller's transaction.
  Enqueued register_query(const model::Query& query, base::TimePoint now);

private:
  struct Known {
    std::int64_t row;
    std::string client;
    std::optional<std::string> query_id;
    std::optional<std::string> correlation;
    bool has_hooks; // its own URL was made for whoever registered it

    const std::string& id() const { return correlation ? *correlation : *query_id; }
  };
  static std::optional<Known> find(sql::Statement& by, const std::string& text,
                                   const std::optional<std::string>& client = {});
  static bool is_open_to(const Known& known, const model::Query& query);
  static bool may_become(const Known& known, const model::Query& query);
  static bool agrees(const Known& known, const model::Query& query);
  static bool learns(const Known& known, const model::Query& query);
  bool insert(const model::Query& query, base::TimePoint now);
  void adopt(std::int64_t row, const model::Query& query);

  sql::Statement by_key_;
  sql::Statement by_query_id_;
  sql::Statement by_correlation_;
  sql::Statement insert_;
  sql::Statement adopt_;
};

} // namespace postbackd::store::tables
