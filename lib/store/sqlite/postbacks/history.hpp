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

  // Returns the query with this QueryId that has its result. The matcher finds waiting queries by their
  // index.
  std::optional<std::int64_t> answered_query(const std::string& query_id, base::TimePoint now);

  struct Repeat {
    model::Receipt receipt;
    model::PostbackKind kind;
  };
  // Defines what identical postbacks share: the same bytes, read the same way, of the same query (or of
  // none).
  struct Key {
    const std::optional<std::string>& query_id;
    const base::Sha256& digest;
    model::Content content;
    std::optional<std::int64_t> query;
    const std::string& route;                      // compared only without a QueryId
    const std::optional<std::string>& correlation; // compared only without a query
  };
  std::optional<Repeat> repeat_of(const Key& key, base::TimePoint now);

  // Returns the oldest day to search: `2026-01-31`.
  std::string first_day(base::TimePoint now) const;

private:
  std::chrono::days look_back_;
  SQLite::Statement answered_;
  SQLite::Statement answered_lately_;
  SQLite::Statement by_query_id_;
  SQLite::Statement by_digest_;
};

} // namespace postbackd::store::sqlite
