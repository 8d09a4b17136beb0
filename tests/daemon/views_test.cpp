// The public views as other programs read them.
#include <boost/test/unit_test.hpp>
#include <sqlite3.h>

#include "sqlite/connection.hpp"
#include "store/sqlite/files/open_file.hpp"
#include "support/daemon.hpp"

using namespace postbackd;
using namespace postbackd::test;

namespace
{

const char* const views_with_a_query_id[] = {
    "v_queries",    "v_pending", "v_overdue",  "v_results",     "v_postbacks",  "v_unmatched",    "v_events",
    "v_deliveries", "v_dead",    "v_attempts", "v_submissions", "v_recoveries", "v_queue_objects"};

// So many rows of each kind, over ten days.
void fill(SQLite::Database& database, int rows)
{
  database.exec("BEGIN");
  database.exec("DELETE FROM stats");
  for (int day = 1; day <= 9; ++day)
    database.exec("INSERT INTO stats (day) VALUES ('2026-01-0" + std::to_string(day) + "')");
  const std::string numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
                              std::to_string(rows) + ") ";
  const std::string time = "'2026-01-0' || (1 + i % 9) || 'T00:00:00.000Z'";
  for (const char* trigger : {"queries_known", "queries_registered", "queries_with_strays"})
    database.exec(std::string("DROP TRIGGER IF EXISTS ") + trigger);
  database.exec(numbers +
                "INSERT INTO queries (id, query_id, correlation, state, created_at, deadline_at, receipt) "
                "SELECT i, 'q-' || i, "
                "'c-' || i, iif(i % 2, 'answered', 'overdue'), " +
                time + ", '2026-01-01T00:00:00.000Z', iif(i % 2, i, NULL) FROM n");
  database.exec(numbers +
                "INSERT INTO postbacks (receipt, received_at, kept_at, route, remote, kind, content, "
                "query_row, query_id, bytes, "
                "sha256, source) SELECT i, " +
                time + ", " + time +
                ", '/', '', iif(i % 2, 'result', 'unmatched'), 'result', iif(i % 2, i, NULL), "
                "'q-' || i, 1, randomblob(32), 'http' FROM n");
  database.exec(numbers + "INSERT INTO bodies (receipt, raw) SELECT i, x'7b7d' FROM n");
  database.exec(numbers +
                "INSERT INTO events (id, kind, receipt, query_row, created_at) SELECT i, iif(i % 2, "
                "'result', 'overdue'), "
                "iif(i % 2, i, NULL), iif(i % 2, NULL, i), " +
                time + " FROM n");
  database.exec(
      numbers +
      "INSERT INTO deliveries (id, event_id, handler, state, created_at) SELECT i, i, 'h', 'dead', " + time +
      " FROM n");
  database.exec(numbers + "INSERT INTO attempts (delivery, attempt, started_at) SELECT i, 1, " + time +
                " FROM n");
  database.exec(
      numbers +
      "INSERT INTO submissions (correlation, route, q, deadline) SELECT 'c-' || i, '/', 'q', 1 FROM n");
  database.exec(numbers + "INSERT INTO recoveries (query_row, why) SELECT i, 'overdue' FROM n");
  database.exec(numbers +
                "INSERT INTO queue_objects (id, client, action, created_at, correlation, request) SELECT i, "
                "'c', 'ticket-create', " +
                time + ", 'c-' || i, '{}' FROM n");
  database.exec("COMMIT");
}

// The steps of SQLite's machine for all that a view has about one query.
int steps_of(const std::filesystem::path& path, const char* view, const std::string& id)
{
  const sqlite::ConnectionOptions options{path};
  sqlite::Connection reader(options, sqlite::Connection::Mode::read);
  sqlite3_stmt* statement = nullptr;
  const std::string sql = std::string("SELECT * FROM ") + view + " WHERE query_id = '" + id + "'";
  BOOST_REQUIRE(sqlite3_prepare_v2(reader.database().raw().getHandle(), sql.c_str(), -1, &statement,
                                   nullptr) == SQLITE_OK);
  while (sqlite3_step(statement) == SQLITE_ROW) {
  }
  const int steps = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);
  sqlite3_finalize(statement);
  return steps;
}

} // namespace

BOOST_AUTO_TEST_SUITE(views)

// Ten times the rows cost no more, with the statistics of the schema and with those of a user's ANALYZE.
BOOST_AUTO_TEST_CASE(where_query_id_is_a_search_on_every_view_that_has_the_column)
{
  TemporaryDirectory directory;
  for (const bool analyzed : {false, true}) {
    std::map<std::string, int> steps[2];
    for (const int large : {0, 1}) {
      const auto path = directory / ("store-" + std::to_string(large) + std::to_string(analyzed));
      const sqlite::ConnectionOptions options{path};
      {
        sqlite::Connection writer =
            postbackd::store::sqlite::open_file(options, sqlite::Connection::Mode::create);
        fill(writer.database().raw(), large ? 5'000 : 500);
        if (analyzed) writer.database().raw().exec("ANALYZE");
      }
      for (const char* view : views_with_a_query_id)
        for (const char* id : {"q-7", "q-8"})
          steps[large][std::string(view) + " " + id] = steps_of(path, view, id);
    }
    for (const auto& [name, count] : steps[0])
      BOOST_TEST(steps[1][name] < 2 * count + 50, name << ": " << count << " steps, then " << steps[1][name]
                                                       << (analyzed ? " after ANALYZE" : ""));
  }
}

BOOST_AUTO_TEST_CASE(a_start_restores_the_statistics_that_analyze_replaced)
{
  Daemon daemon;
  daemon.post(R"({"QueryId":"q-1"})");
  daemon.query("ANALYZE");
  daemon.stop();
  daemon.start();
  BOOST_TEST(daemon.query("SELECT stat FROM sqlite_stat1 WHERE idx = 'queries_by_query_id'") == "3000000 1");
}

// Node refuses integers above 2^53, and other drivers round them.
BOOST_AUTO_TEST_CASE(node_reads_every_view_with_its_defaults)
{
  Daemon daemon({.more = "[[handler]]\nname = \"h\"\nkind = \"exec\"\ncommand = [\"/bin/true\"]\n"});
  daemon.ctl({"register", "q-1"});
  for (const char* body : {R"({"QueryId":"q-1","Result":[1]})", R"({"QueryId":"q-2"})", "garbage"})
    BOOST_TEST(daemon.post(body).status == 200);
  BOOST_TEST(eventually(
      [&] { return daemon.query("SELECT count(*) FROM v_deliveries WHERE state = 'done'") == "1"; }));
  const Output output = run({"node", READ_VIEWS_JS, daemon.store().string()});
  BOOST_TEST(output.code == 0, output.out);
  BOOST_TEST(output.out.find("v_postbacks 3") != std::string::npos, output.out);
  BOOST_TEST(output.out.find("v_deliveries 1") != std::string::npos, output.out);
}

BOOST_AUTO_TEST_SUITE_END()
