// A store with a row in each table moves to a database and back; nothing of it is another one afterwards.
#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>
#include <sstream>

#include "store/move.hpp"
#include "store/open.hpp"
#include "support/postgresql_server.hpp"

using namespace postbackd;
using namespace postbackd::test;

namespace
{

struct Move {
  TemporaryDirectory directory;
  store::StoreAddress file = unpacked("0.2.0");
  store::StoreAddress back{directory / "back.sqlite3"};
  store::StoreAddress server = new_server();

  store::StoreAddress unpacked(const std::string& release) const
  {
    const auto path = directory / (release + ".sqlite3");
    run({"sh", "-c", "gunzip -c " RELEASED_STORES "/" + release + ".sqlite3.gz > " + path.string()});
    return path;
  }
  static store::StoreAddress new_server()
  {
    store::StoreAddress address;
    address.server = store::ServerAddress{PostgresqlServer::of_program().new_database(), ""};
    return address;
  }
  static std::string sqlite3(const store::StoreAddress& at, const std::string& sql)
  {
    return run({"sqlite3", "-batch", at.path.string(), sql}).out;
  }
  static std::string psql(const std::string& sql, const store::StoreAddress& at)
  {
    return PostgresqlServer::of_program().psql(at.server->url + "&options=-csearch_path%3Dpostbackd", sql);
  }
  // Returns the rows of each table, but for what tells one place from another.
  static std::map<std::string, std::string> tables_of(const store::StoreAddress& at)
  {
    std::map<std::string, std::string> tables;
    std::istringstream names(sqlite3(at,
                                     "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
                                     "'sqlite%' ORDER BY 1"));
    for (std::string name; names >> name;) {
      const std::string columns =
          sqlite3(at, "SELECT group_concat('quote(\"' || name || '\")') FROM pragma_table_info('" + name +
                          "') WHERE name <> 'room'");
      tables[name] = sqlite3(at, "SELECT " + columns + " FROM " + name +
                                     (name == "settings" ? " WHERE name NOT IN ('moved_to', 'scrub')" : "") +
                                     " ORDER BY 1, 2");
    }
    return tables;
  }
  static std::string schema_of(const store::StoreAddress& at)
  {
    return sqlite3(at, "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'moved_%' AND name NOT LIKE "
                       "'sqlite%' ORDER BY name");
  }
  static std::string no_password() { return {}; }
  static void nothing(const std::string&, std::int64_t, std::int64_t) {}
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(moving, Move)

BOOST_AUTO_TEST_CASE(each_row_of_each_table_comes_back)
{
  const auto before = tables_of(file);
  const std::string schema = schema_of(file);
  int filled = 0;
  for (const auto& [name, rows] : before)
    filled += !rows.empty();
  BOOST_TEST(filled >= 20);
  const store::Moved there = store::move(file, server, nothing);
  BOOST_TEST(there.tables >= 27);
  const store::Moved here = store::move(server, back, nothing);
  BOOST_TEST(here.rows == there.rows);
  const auto after = tables_of(back);
  for (const auto& [name, rows] : before)
    if (name != "registration") // where a statement of a registration stands
      BOOST_TEST(after.at(name) == rows, name << ":\n" << rows << after.at(name));
  BOOST_TEST(after.size() == before.size());
  sqlite3(back, "DROP INDEX queries_by_api; DROP INDEX queries_recovered"); // newer than the release
  BOOST_TEST(schema_of(back) == schema);
}

BOOST_AUTO_TEST_CASE(a_store_moves_into_an_empty_one_only_and_once)
{
  const store::StoreAddress other = new_server();
  store::open({{other}});
  psql("INSERT INTO queries (query_id) VALUES ('q')", other);
  BOOST_CHECK_THROW(store::move(file, other, nothing), base::Failure);
  BOOST_CHECK_THROW(store::move(file, back, nothing), base::Failure); // two files
  store::move(file, server, nothing);
  BOOST_TEST(store::move(file, server, nothing).before);
  BOOST_CHECK_THROW(store::move(file, new_server(), nothing), base::Failure);
  BOOST_TEST(store::place_of(file, no_password).text() == server.text());
  BOOST_TEST(sqlite3(file, "UPDATE settings SET value = ''").find("this store has moved to") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_password_in_the_address_is_refused)
{
  server.server->url += "&password=secret";
  BOOST_CHECK_EXCEPTION(store::move(file, server, nothing), base::Failure, [](const base::Failure& e) {
    return std::string(e.what()).find("secret") == std::string::npos;
  });
}

// Whoever opens what is half there loses what comes next.
BOOST_AUTO_TEST_CASE(a_store_that_is_being_filled_is_none)
{
  const auto stop = [](const std::string& what, std::int64_t, std::int64_t) {
    if (what == "switching over") throw base::Failure(base::Errc::unavailable, "stopped");
  };
  BOOST_CHECK_THROW(store::move(file, server, stop), base::Failure);
  BOOST_CHECK_THROW(store::place_of(server, no_password), base::Failure);
  BOOST_CHECK_THROW(store::open({{server}}), base::Failure);
  BOOST_TEST(store::place_of(file, no_password).text() == file.text());
  // What changes meanwhile comes too.
  sqlite3(file, "INSERT INTO queries (query_id, label) VALUES ('later', 'x'); UPDATE queries SET label = "
                "'changed' WHERE "
                "query_id = 'pending'; DELETE FROM queries WHERE query_id = 'closed'");
  store::move(file, server, nothing);
  BOOST_TEST(
      psql(
          "SELECT string_agg(query_id || ' ' || coalesce(label, '-'), ', ' ORDER BY query_id) FROM v_queries "
          "WHERE query_id IN ('later', 'pending', 'closed')",
          server) == "later x, pending changed");
}

BOOST_AUTO_TEST_CASE(a_row_that_is_not_the_same_stops_it)
{
  const auto harm = [this](const std::string& what, std::int64_t done, std::int64_t) {
    if (what == "comparing queries" && done == 0)
      psql("UPDATE queries SET label = 'another' WHERE query_id = 'pending'", server);
  };
  BOOST_CHECK_EXCEPTION(store::move(file, server, harm), base::Failure, [](const base::Failure& e) {
    return std::string(e.what()).find("table queries are not the same") != std::string::npos;
  });
  BOOST_TEST(sqlite3(file, "UPDATE queries SET label = 'it goes on' WHERE query_id = 'pending'") == "");
}

BOOST_AUTO_TEST_CASE(a_database_goes_on_where_the_file_stopped)
{
  store::move(file, server, nothing);
  psql("INSERT INTO queries (query_id) VALUES ('new')", server); // a taken number would be refused
  BOOST_TEST(psql("SELECT deadline_at IS NOT NULL FROM queries WHERE query_id = 'new'", server) ==
             "t"); // by a trigger
  BOOST_TEST(store::open({{server}})->id().size() == 16u);
}

BOOST_AUTO_TEST_CASE(one_move_at_a_time)
{
  int refused = 0;
  const store::StoreAddress other = new_server();
  const auto again = [&](const std::string&, std::int64_t, std::int64_t) {
    if (refused == 2) return;
    try {
      store::move(file, refused == 0 ? server : other, nothing);
    } catch (const base::Failure& e) {
      refused += std::string(e.what()).find("another `postbackctl store move`") != std::string::npos;
    }
  };
  store::move(file, server, again);
  BOOST_TEST(refused == 2);
}

// The one that moves it has not ended yet, or never will.
BOOST_AUTO_TEST_CASE(whoever_starts_at_the_end_of_a_move_has_the_new_store)
{
  for (const bool there : {true, false}) {
    const store::StoreAddress& from = there ? file : server;
    const store::StoreAddress& to = there ? server : back;
    std::string id;
    const auto start = [&](const std::string& what, std::int64_t done, std::int64_t) {
      if (what != "switching over" || done == 0) return;
      BOOST_TEST(store::place_of(from, no_password).text() == to.text());
      id = store::open({{to}})->id();
    };
    store::move(from, to, start);
    BOOST_TEST(id == store::open({{to}})->id());
  }
}

// The place of a store that has moved once, and is another's now.
BOOST_AUTO_TEST_CASE(nobody_ends_the_move_of_another_store)
{
  store::move(file, server, nothing);
  psql("DROP SCHEMA postbackd CASCADE", server);
  const store::StoreAddress other{directory / "other.sqlite3"};
  store::open({{other}});
  const auto start = [&](const std::string& what, std::int64_t, std::int64_t) {
    if (what == "switching over") BOOST_CHECK_THROW(store::place_of(file, no_password), base::Failure);
  };
  store::move(other, server, start);
}

BOOST_AUTO_TEST_CASE(no_store_moves_onto_one_that_is_used_or_has_moved)
{
  const auto refuses = [](const store::StoreAddress& from, const store::StoreAddress& to,
                          const std::string& why) {
    BOOST_CHECK_EXCEPTION(store::move(from, to, nothing), base::Failure, [&](const base::Failure& e) {
      return std::string(e.what()).find(why) != std::string::npos;
    });
  };
  {
    const auto receiver = store::open({{server}});
    refuses(file, server, "a receiver uses the store");
  }
  store::move(file, server, nothing);
  refuses(server, file, "has moved to");
  store::move(server, back, nothing);
  refuses(back, server, "has moved to");
}

// A program that does not take its turn, and commits in the last moment.
BOOST_AUTO_TEST_CASE(what_is_committed_late_comes_too)
{
  store::move(file, server, nothing);
  psql("INSERT INTO settings (name, value) VALUES ('query_key /postback', 'of these machines')", server);
  std::unique_ptr<Process> late;
  const auto begin = [&](const std::string& what, std::int64_t done, std::int64_t) {
    if (what != "switching over" || done > 0) return;
    late = std::make_unique<Process>(
        std::vector<std::string>{
            PostgresqlServer::program("psql"), "-X", "-q", server.server->url, "-c",
            "BEGIN; UPDATE postbackd.queries SET label = 'late' WHERE query_id = 'pending'; "
            "SELECT pg_sleep(1); COMMIT"},
        Process::Options{.as_nobody = true, .output = directory / "psql"});
    BOOST_REQUIRE(eventually([&] {
      return psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = "
                  "current_database()",
                  server) == "1";
    }));
  };
  store::move(server, back, begin);
  BOOST_TEST(late->wait() == 0);
  BOOST_TEST(sqlite3(back, "SELECT label FROM queries WHERE query_id = 'pending'") == "late\n");
  BOOST_TEST(sqlite3(back, "SELECT count(*) FROM settings WHERE name LIKE 'query_key%'") == "0\n");
}

BOOST_AUTO_TEST_CASE(times_are_rounded_and_numbers_of_deliveries_go_on_from_the_era)
{
  sqlite3(file, "INSERT INTO queries (query_id, created_at) VALUES ('exact', '2026-12-01T00:00:59.123987Z'); "
                "DELETE FROM attempts; DELETE FROM deliveries; UPDATE eras SET deliveries = 5000000");
  store::move(file, server, nothing);
  BOOST_TEST(psql("SELECT nextval('deliveries_id_seq') > 5000000", server) == "t");
}

BOOST_AUTO_TEST_CASE(a_move_is_given_up)
{
  const std::string schema = schema_of(file);
  const auto stop = [](const std::string& what, std::int64_t, std::int64_t) {
    if (what == "switching over") throw base::Failure(base::Errc::unavailable, "stopped");
  };
  BOOST_CHECK_THROW(store::move(file, server, stop), base::Failure);
  BOOST_TEST(schema_of(file) != schema);
  BOOST_CHECK_THROW(store::move(file, new_server(), nothing), base::Failure); // what is noted is of the first
  store::abandon_move(file);
  BOOST_TEST(schema_of(file) == schema);
  sqlite3(file, "DELETE FROM events WHERE id = (SELECT max(id) FROM events)"); // noted nowhere
  BOOST_CHECK_THROW(store::move(file, server, nothing), base::Failure);
  store::abandon_move(file);
  store::move(file, new_server(), nothing);
  BOOST_CHECK_THROW(store::abandon_move(file), base::Failure);
}

// Beyond the last one, where nothing is compared with it: as after a backup that was put back meanwhile.
BOOST_AUTO_TEST_CASE(a_row_that_stands_there_alone_stops_it)
{
  const auto add = [this](const std::string& what, std::int64_t done, std::int64_t) {
    if (what == "comparing recoveries" && done == 0)
      psql("INSERT INTO recoveries (query_row, why, next_attempt_at) VALUES (1000000, 'overdue', now())",
           server);
    if (what == "comparing queries" && done == 0)
      psql("INSERT INTO queries (id, query_id) VALUES (1000000, 'alone')", server);
  };
  BOOST_CHECK_EXCEPTION(store::move(file, server, add), base::Failure, [](const base::Failure& e) {
    return std::string(e.what()).find("1 rows of the table queries") != std::string::npos;
  });
}

BOOST_AUTO_TEST_SUITE_END()
