#include "store/tables/verification.hpp"

#include <fmt/format.h>

#include <cstring>
#include <iterator>

#include "base/digest.hpp"
#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr int most_named = 20;

struct Relation {
  const char* what;
  const char* sql; // returns the numbers of those that break it
};
constexpr Relation relations[] = {
    {"postback without a body",
     "SELECT receipt FROM postbacks WHERE receipt NOT IN (SELECT receipt FROM bodies)"},
    {"body without a postback",
     "SELECT receipt FROM bodies WHERE receipt NOT IN (SELECT receipt FROM postbacks)"},
    {"query (row) whose answer is not there",
     "SELECT id FROM queries q WHERE receipt IS NOT NULL AND NOT EXISTS (SELECT 1 FROM postbacks p WHERE "
     "p.receipt = q.receipt)"},
    {"answered query (row) without an answer",
     "SELECT id FROM queries WHERE NOT waiting AND receipt IS NULL"},
    {"postback of a query that is not there",
     "SELECT receipt FROM postbacks p WHERE query_row IS NOT NULL AND NOT EXISTS (SELECT 1 FROM queries q "
     "WHERE q.id = p.query_row)"},
    {"event without what it is about",
     "SELECT id FROM events e WHERE (receipt IS NOT NULL AND NOT EXISTS (SELECT 1 FROM postbacks p WHERE "
     "p.receipt = e.receipt))"
     " OR (query_row IS NOT NULL AND NOT EXISTS (SELECT 1 FROM queries q WHERE q.id = e.query_row))"},
    {"delivery of an event that is not there",
     "SELECT id FROM deliveries d WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.id = d.event_id)"},
    {"attempt (delivery) of a delivery that is not there",
     "SELECT DISTINCT delivery FROM attempts a WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.id = "
     "a.delivery)"},
    {"submission (row) without its query", "SELECT 0 FROM submissions s WHERE NOT EXISTS (SELECT 1 FROM "
                                           "queries q WHERE q.correlation = s.correlation)"},
};

void check_body(sql::Database& database, sql::Statement& row, const SayProblem& say)
{
  base::Sha256Stream digest;
  digest.begin();
  std::int64_t size = 0;
  const auto feed = [&](std::string_view bytes) {
    digest.feed(bytes);
    size += static_cast<std::int64_t>(bytes.size());
  };
  if (row.column(4).is_null()) {
    feed(row.column(3).bytes());
  } else {
    sql::Statement pieces(database, "SELECT bytes FROM pieces WHERE body_id = ?1 ORDER BY part");
    pieces.bind(1, row.column(4).int64());
    while (pieces.step())
      feed(pieces.column(0).bytes());
  }
  const base::Sha256 found = digest.finish();
  const std::string_view expected = row.column(1).bytes();
  if (size != row.column(2).int64() || expected.size() != found.size() ||
      std::memcmp(expected.data(), found.data(), found.size()) != 0)
    say(fmt::format("body of postback {}: it is not what was received", row.column(0).int64()));
}

} // namespace

void check_relations(sql::Database& database, const SayProblem& say, const CheckProgress& progress)
{
  for (const Relation& relation : relations) {
    progress("relations", &relation - relations, std::size(relations));
    sql::Statement find(database, relation.sql);
    int count = 0;
    while (find.step())
      if (++count <= most_named) say(fmt::format("{}: {}", relation.what, find.column(0).int64()));
    if (count > most_named) say(fmt::format("{}: and {} others", relation.what, count - most_named));
  }
}

void check_bodies(sql::Database& database, const SayProblem& say, const CheckProgress& progress)
{
  const std::int64_t total = number_of(database, "SELECT count(*) FROM bodies");
  sql::Statement next(
      database, "SELECT p.receipt, p.sha256, p.bytes, b.raw, b.raw_pieces FROM postbacks p JOIN bodies b "
                "USING (receipt) WHERE p.receipt > ?1 AND p.removed_at IS NULL ORDER BY p.receipt LIMIT ?2");
  read_in_parts(
      next, [&](sql::Statement& row) { check_body(database, row, say); },
      [&](std::int64_t done) { progress("bodies", done, total); });
}

} // namespace postbackd::store::tables
