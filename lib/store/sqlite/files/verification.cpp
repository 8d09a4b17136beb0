#include "store/sqlite/files/verification.hpp"

#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>

#include <cstring>

#include "base/digest.hpp"
#include "sqlite/reading.hpp"
#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"

namespace postbackd::store::sqlite
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

class Verification
{
public:
  using Problem = std::function<void(const std::string&)>;
  using Progress = std::function<void(const std::string& what, std::int64_t done, std::int64_t total)>;

  Verification(SQLite::Database& database, const Problem& problem, const Progress& progress)
      : database_(database), problem_(problem), progress_(progress)
  {
  }

  // Finds what SQLite knows of damage, table by table with its indexes.
  void check_tables()
  {
    std::vector<std::string> tables;
    SQLite::Statement find(
        database_, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
    while (find.executeStep())
      tables.push_back(find.getColumn(0).getString());
    for (std::size_t i = 0; i < tables.size(); ++i) {
      progress_("tables", static_cast<std::int64_t>(i), static_cast<std::int64_t>(tables.size()));
      SQLite::Statement check(database_, fmt::format("PRAGMA integrity_check('{}')", tables[i]));
      while (check.executeStep())
        if (const std::string said = check.getColumn(0).getString(); said != "ok")
          problem_(fmt::format("table {}: {}", tables[i], said));
    }
  }

  void check_relations()
  {
    for (const Relation& relation : relations) {
      progress_("relations", &relation - relations, std::size(relations));
      SQLite::Statement find(database_, relation.sql);
      int count = 0;
      while (find.executeStep())
        if (++count <= most_named)
          problem_(fmt::format("{}: {}", relation.what, find.getColumn(0).getInt64()));
      if (count > most_named) problem_(fmt::format("{}: and {} others", relation.what, count - most_named));
    }
  }

  // Compares each body with the digest and the size of its postback.
  void check_bodies()
  {
    const std::int64_t total = database_.execAndGet("SELECT count(*) FROM bodies").getInt64();
    SQLite::Statement next(
        database_,
        "SELECT p.receipt, p.sha256, p.bytes, b.raw, b.raw_pieces FROM postbacks p JOIN bodies b "
        "USING (receipt) WHERE p.receipt > ?1 AND p.removed_at IS NULL ORDER BY p.receipt LIMIT ?2");
    read_in_parts(
        next, [this](SQLite::Statement& row) { check_body(row); },
        [&, this](std::int64_t done) { progress_("bodies", done, total); });
  }

private:
  void check_body(SQLite::Statement& row)
  {
    base::Sha256Stream digest;
    digest.begin();
    std::int64_t size = 0;
    const auto feed = [&](const SQLite::Column& column) {
      digest.feed({static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())});
      size += column.getBytes();
    };
    if (row.getColumn(4).isNull()) {
      feed(row.getColumn(3));
    } else {
      SQLite::Statement pieces(database_, "SELECT bytes FROM pieces WHERE body_id = ?1 ORDER BY part");
      pieces.bind(1, row.getColumn(4).getInt64());
      while (pieces.executeStep())
        feed(pieces.getColumn(0));
    }
    const base::Sha256 found = digest.finish();
    const SQLite::Column expected = row.getColumn(1);
    if (size != row.getColumn(2).getInt64() ||
        std::memcmp(expected.getBlob(), found.data(), found.size()) != 0)
      problem_(fmt::format("body of postback {}: it is not what was received", row.getColumn(0).getInt64()));
  }

  SQLite::Database& database_;
  const Problem& problem_;
  const Progress& progress_;
};

} // namespace

void verify(
    SQLite::Database& database, const std::function<void(const std::string&)>& problem,
    const std::function<void(const std::string& what, std::int64_t done, std::int64_t total)>& progress)
{
  Verification verification(database, problem, progress);
  verification.check_tables();
  verification.check_relations();
  verification.check_bodies();
}

} // namespace postbackd::store::sqlite
