#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/postback.hpp"
#include "sql/statement.hpp"

namespace postbackd::store::tables
{

// Finds the kept postback that an arriving one repeats: the same bytes, read the same way, of the same query
// or of none. Each search is one step in an index, however many postbacks there are. Used inside the writer's
// transaction.
class Repeats
{
public:
  explicit Repeats(sql::Database& database);

  struct Repeat {
    model::Receipt receipt;
    model::PostbackKind kind;
  };
  std::optional<Repeat> find(const model::Postback& postback, std::int64_t query);
  // Without a query, a misdirected copy must not swallow the true result: both came to the same own URL or to
  // none, and without a QueryId to the same route.
  std::optional<Repeat> find_unmatched(const model::Postback& postback,
                                       const std::optional<std::string>& query_id,
                                       const std::optional<std::string>& correlation);

private:
  static std::optional<Repeat> row(sql::Statement& statement);

  sql::Statement of_query_;
  sql::Statement unmatched_;
};

} // namespace postbackd::store::tables
