// What users of the database see and may do: the same as with a file.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include "store/contract/contract_fixture.hpp"
#include "support/postgresql_server.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;

namespace
{

struct Views : Contract {
  PostgresqlServer& server = PostgresqlServer::of_program();

  std::string psql(const std::string& sql) const { return server.psql(options.server->url, sql); }
  // What the server says to a role that it refuses.
  std::string refused(const std::string& role, const std::string& sql) const
  {
    try {
      psql("SET ROLE " + role + "; " + sql);
    } catch (const std::exception& e) {
      return e.what();
    }
    return "done";
  }
};

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(views, Views)

BOOST_AUTO_TEST_CASE(the_views_have_the_columns_of_those_of_a_file)
{
  store::StoreOptions file;
  file.path = directory / "store.sqlite3";
  store::open(file).reset();
  SQLite::Database database(file.path.string(), SQLite::OPEN_READONLY);
  SQLite::Statement view(
      database, "SELECT name FROM sqlite_schema WHERE type = 'view' AND name GLOB 'v_*' ORDER BY name");
  int count = 0;
  for (; view.executeStep(); ++count) {
    const std::string name = view.getColumn(0).getString();
    SQLite::Statement columns(database,
                              "SELECT group_concat(name, ',') FROM pragma_table_info('" + name + "')");
    columns.executeStep();
    BOOST_TEST(
        psql("SELECT string_agg(column_name, ',' ORDER BY ordinal_position) FROM information_schema.columns "
             "WHERE table_schema = 'postbackd' AND table_name = '" +
             name + "'") == columns.getColumn(0).getString(),
        name);
    psql("SELECT * FROM postbackd." + name);
    BOOST_TEST(psql("SELECT obj_description('postbackd." + name + "'::regclass) IS NOT NULL") == "t", name);
  }
  BOOST_TEST(count > 15);
}

BOOST_AUTO_TEST_CASE(a_program_registers_by_insert_and_reads_its_result)
{
  keep(result_of("Q-1", "before"));
  psql("INSERT INTO postbackd.queries (query_id, label) VALUES ('q-1', 'mine'), ('q-2', 'too')");
  keep(result_of("q-2", "after"));
  BOOST_TEST(psql("SELECT label, state FROM postbackd.v_queries ORDER BY label") ==
             "mine|answered\ntoo|answered");
  BOOST_TEST(psql("SELECT json ->> 'QueryId' FROM postbackd.v_results WHERE query_id = 'Q-2'") == "q-2");
  BOOST_TEST(psql("SELECT registered FROM postbackd.v_stats") == "2");
  psql("INSERT INTO postbackd.queries (query_id) VALUES ('Q-2')"); // known
  BOOST_TEST(psql("SELECT count(*) FROM postbackd.v_queries") == "2");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_in_words)
{
  const std::pair<std::string, std::string> cases[] = {
      {"(query_id) VALUES ('a b')", "query_id must have 1 to 128 printable ASCII characters"},
      {"(query_id) VALUES ('" + std::string(32, 'a') + "')", "must not be 32 hexadecimal digits"},
      {"(query_id, metadata) VALUES ('q', '[1]')", "metadata must be a JSON object"},
      {"(query_id, trace) VALUES ('q', '00-0')", "trace must be a traceparent"},
      {"(query_id, label) VALUES ('q', repeat('x', 1025))", "label must have at most 1024 bytes"},
      {"(label) VALUES ('x')", "queries_check"},
  };
  for (const auto& [values, message] : cases)
    BOOST_TEST(says(refused("postbackd", "INSERT INTO postbackd.queries " + values), message), values);
}

BOOST_AUTO_TEST_CASE(who_may_register_may_do_nothing_else_and_who_may_read_changes_nothing)
{
  const auto denied = [this](const std::string& role, const std::string& sql) {
    return says(refused(role, sql), "permission denied");
  };
  keep(result_of("q-1"));
  BOOST_TEST(refused("postbackd_register",
                     "INSERT INTO postbackd.queries (query_id, label) VALUES ('q-1', 'x')") == "done");
  BOOST_TEST(psql("SELECT state FROM postbackd.v_queries") == "answered"); // the triggers may more
  for (const char* sql : {"SELECT * FROM postbackd.v_queries", "SELECT * FROM postbackd.queries",
                          "DELETE FROM postbackd.queries",
                          "INSERT INTO postbackd.queries (query_id, state) VALUES ('q-2', 'answered')",
                          "INSERT INTO postbackd.queries (query_id, client) VALUES ('q-2', 'other')",
                          "UPDATE postbackd.settings SET value = ''"})
    BOOST_TEST(denied("postbackd_register", sql), sql);
  BOOST_TEST(refused("postbackd_read", "SELECT * FROM postbackd.v_results") == "done");
  for (const char* sql :
       {"INSERT INTO postbackd.queries (query_id) VALUES ('q-3')", "SELECT * FROM postbackd.fanbase_tokens"})
    BOOST_TEST(denied("postbackd_read", sql), sql);
}

BOOST_AUTO_TEST_SUITE_END()
