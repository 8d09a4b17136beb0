#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/postback.hpp"
#include "sql/statement.hpp"
#include "store/tables/postbacks/recent_queries.hpp"
#include "store/tables/postbacks/repeats.hpp"

namespace postbackd::store::tables
{

// The query and the earlier postback that an arriving postback belongs to.
struct Match {
  std::optional<std::int64_t> query; // queries.id; none: no query is registered for it
  bool answered = false;             // the query has its result
  bool given_up = false;             // it was failed, lost or closed
  bool fresh = false;                // nothing has happened to it: it has neither a postback nor a recovery
  std::optional<Repeats::Repeat> repeat; // these bytes are kept already
  std::string problem;                   // why it matches no query although it could
  std::string query_id;                  // of the query; this and the next two are empty if absent
  std::string correlation;
  std::string client;
  bool erased = false;     // on request: nothing of it is kept again
  bool identified = false; // its query has just got its QueryId
  bool stray = false;      // sent to the own URL of a correlation that no query has yet
};

// Finds the query of a postback by the correlation in its URL, otherwise by the QueryId in its body. A
// QueryId and a URL of two different queries match none; a URL gives its query the QueryId that a body
// proves. Registering late must end the same: schema/*/6_matching.sql. Used inside the writer's transaction.
class Matcher
{
public:
  explicit Matcher(sql::Database& database);

  void begin_group() { recent_.begin_group(); }

  Match match(const model::Postback& postback, base::TimePoint now);

  // Gives the query of this correlation its QueryId, and returns whether it has it now. A query that another
  // program has registered under this QueryId is the same one if the platform named it in its acknowledgement
  // (`acknowledged`), otherwise a different one.
  bool identify(const std::string& correlation, const std::string& query_id, bool acknowledged,
                base::TimePoint now);

private:
  struct Query {
    std::int64_t id;
    std::optional<std::string> query_id;
    std::optional<std::string> correlation;
    bool waiting;
    bool fresh; // this and the next: as in Match
    bool given_up;
    std::string client;
    bool erased;
    bool identified = false;
  };

  std::optional<Query> row(sql::Statement& statement);
  // Both also find a query that had this name until it was erased with it.
  std::optional<Query> by_query_id(const std::string& query_id);
  std::optional<Query> by_correlation(const std::string& correlation);
  Match match_by_query_id(const model::Postback& postback);
  Match match_by_correlation(const model::Postback& postback, const Query& own, base::TimePoint now);
  Query identify(const Query& own, const std::string& query_id, base::TimePoint now);
  bool is_acknowledged(const Query& query, const std::string& query_id);
  Match matched(const Query& query, const model::Postback& postback);
  Match unmatched(const model::Postback& postback, const std::string& problem);

  const std::string store_id_;
  Repeats repeats_;
  RecentQueries recent_;
  sql::Statement by_row_;
  sql::Statement by_query_id_;
  sql::Statement by_correlation_;
  sql::Statement identify_;
  sql::Statement acknowledged_;
};

} // namespace postbackd::store::tables
