#pragma once

#include <SQLiteCpp/Statement.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "model/postback.hpp"

namespace postbackd::store::sqlite
{

// Searches the kept postbacks day by day, newest first, no further back than look_back: the cost does not
// grow with the history. Used inside the writer's transaction.
class History
{
public:
  History(SQLite::Database& database, std::chrono::days look_back);

  struct Repeat {
    model::Receipt receipt;
    model::Kind kind;
  };
  struct Found {
    std::optional<Repeat> repeat;      // the first postback with the same bytes
    std::optional<std::int64_t> query; // the query that earlier postbacks with this QueryId belong to
  };

  Found find(const std::string& query_id, const base::Sha256& digest, base::TimePoint now);

  // For a body without QueryId: the same bytes on the same route.
  std::optional<Repeat> find_without_query_id(const std::string& route, const base::Sha256& digest,
                                              base::TimePoint now);

private:
  std::string first_day(base::TimePoint now) const;

  std::chrono::days look_back_;
  SQLite::Statement by_query_id_;
  SQLite::Statement by_digest_;
};

} // namespace postbackd::store::sqlite
