#include <boost/test/unit_test.hpp>

#include "sqlite/connection.hpp"
#include "store/sqlite/files/schema.hpp"
#include "store/store_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;
using sqlite::Connection;
using store::sqlite::FileKind;

namespace
{

// The sentence with which opening fails, and whether the file is untouched.
struct Refused {
  std::string why;
  bool untouched;
};

Refused refused(const std::filesystem::path& path)
{
  const std::string before = read_file(path);
  try {
    sqlite::ConnectionOptions options;
    options.path = path;
    Connection connection = store::sqlite::open_file(options, Connection::Mode::create);
  } catch (const base::Failure& e) {
    return {e.what(), read_file(path) == before};
  }
  return {"opened", false};
}

void create(const std::filesystem::path& path, const std::string& sql)
{
  SQLite::Database database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec(sql);
}

bool says(const Refused& refused, const std::string& text)
{
  return refused.why.find(text) != std::string::npos;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(schema, StoreFixture)

BOOST_AUTO_TEST_CASE(a_new_file_gets_the_newest_schema_and_opens_again)
{
  open();
  store.reset();
  BOOST_TEST((store::sqlite::inspect(options.path) == FileKind::ours));
  open();
  BOOST_TEST(ask("PRAGMA application_id") == std::to_string(store::sqlite::application_id));
  BOOST_TEST(ask("PRAGMA user_version") == std::to_string(store::sqlite::schema_version));
  BOOST_TEST(ask("PRAGMA journal_mode") == "wal");
  BOOST_TEST(ask("PRAGMA auto_vacuum") == "2");
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_taken)
{
  directory.write("store.sqlite3", "");
  open();
  BOOST_TEST(ask("SELECT count(*) FROM v_queries") == "0");
}

BOOST_FIXTURE_TEST_CASE(a_label_that_no_handler_could_be_given_is_refused, StoreFixture)
{
  open();
  tell("INSERT INTO queries (query_id, label) VALUES ('q-1', printf('%.*c', 1024, 'x'))");
  for (const char* column : {"label", "api", "datasets"})
    BOOST_CHECK_EXCEPTION(tell(std::string("INSERT INTO queries (query_id, ") + column +
                               ") VALUES ('q-2', printf('%.*c', 512, 'x') || printf('%.*c', 257, 'é'))"),
                          SQLite::Exception, [&](const SQLite::Exception& e) {
                            return std::string(e.what()).find(column) != std::string::npos;
                          });
}

// Python's isoformat() gives +00:00; SQLite names the constraint in its error.
BOOST_FIXTURE_TEST_CASE(a_wrong_deadline_is_refused_in_words, StoreFixture)
{
  open();
  for (const char* wrong :
       {"2026-12-01T09:00:00+00:00", "2026-12-01T09:00:00-03:00Z", "2026-13-77T00:00:00Z", "soon"})
    BOOST_CHECK_EXCEPTION(
        tell(std::string("INSERT INTO queries (query_id, deadline_at) VALUES ('q-1', '") + wrong + "')"),
        SQLite::Exception, [](const SQLite::Exception& e) {
          return std::string(e.what()).find(
                     "deadline_at must be UTC text such as 2026-01-31T23:59:59.123Z") != std::string::npos;
        });
  tell("INSERT INTO queries (query_id, deadline_at) VALUES ('q-1', '2026-12-01T09:00:00Z')");
}

BOOST_AUTO_TEST_CASE(a_newer_file_is_refused_and_untouched)
{
  open();
  store.reset();
  create(options.path, "PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)");
  const Refused result = refused(options.path);
  BOOST_TEST(says(result, "newer postbackd (schema 99"), result.why);
  BOOST_TEST(result.untouched);
}

BOOST_AUTO_TEST_CASE(another_programs_file_is_refused_and_untouched)
{
  create(directory / "app", "PRAGMA application_id = 1234; CREATE TABLE t (x); INSERT INTO t VALUES (1)");
  create(directory / "plain", "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
  for (const char* name : {"app", "plain"}) {
    const Refused result = refused(directory / name);
    BOOST_TEST(says(result, "another program"), result.why);
    BOOST_TEST(result.untouched);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_database_is_refused_and_untouched)
{
  const Refused text = refused(directory.write("text", std::string(5'000, 'x')));
  BOOST_TEST(says(text, "is not a SQLite file"), text.why);
  BOOST_TEST(text.untouched);
}

// Damage inside is found a moment after the start (faults_test.cpp).
BOOST_AUTO_TEST_CASE(a_file_that_was_cut_is_refused_and_untouched)
{
  open();
  store.reset();
  tell("PRAGMA wal_checkpoint(TRUNCATE)");
  const Refused cut = refused(directory.write("cut", read_file(options.path).substr(0, 4096 * 5 + 7)));
  BOOST_TEST(says(cut, "is damaged"), cut.why);
  BOOST_TEST(says(cut, "postbackctl restore"), cut.why);
  BOOST_TEST(cut.untouched);
}

BOOST_AUTO_TEST_CASE(a_missing_folder_is_named)
{
  options.path = directory / "no/such/store";
  BOOST_CHECK_EXCEPTION(open(), base::Failure, [](const base::Failure& e) {
    return std::string(e.what()).find("no/such' does not exist") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(the_wal_stays_when_everybody_has_closed)
{
  open();
  store.reset();
  BOOST_TEST(std::filesystem::exists(options.path.string() + "-wal"));
  BOOST_TEST(std::filesystem::exists(options.path.string() + "-shm"));
}

BOOST_AUTO_TEST_CASE(two_programs_that_create_it_at_once_agree)
{
  std::vector<std::jthread> programs;
  std::atomic<int> opened = 0;
  for (int i = 0; i < 8; ++i)
    programs.emplace_back([this, &opened] {
      Connection connection = store::sqlite::open_file({options.path}, Connection::Mode::create);
      ++opened;
    });
  programs.clear();
  BOOST_TEST(opened == 8);
  BOOST_TEST(ask("PRAGMA integrity_check") == "ok");
}

BOOST_AUTO_TEST_CASE(the_address_of_a_store_has_no_password)
{
  const auto text = [](const std::string& url) {
    store::StoreAddress address;
    address.server = store::ServerAddress{url, "geheim"};
    return address.text();
  };
  BOOST_TEST(text("postgresql://u@h/d") == "postgresql://u@h/d");
  BOOST_TEST(text("postgresql://u:geheim@h:5432/d") == "postgresql://u@h:5432/d");
  BOOST_TEST(text("postgresql://u:ge@heim@h/d") == "postgresql://u@h/d");
  BOOST_TEST(text("postgresql://h:5432/d?user=u") == "postgresql://h:5432/d?user=u");
  BOOST_TEST(text("postgresql:///d?password=geheim&sslpassword=geheim") ==
             "postgresql:///d?password=***&sslpassword=***");
}

// A receiver does not wait for an index of a large store.
BOOST_AUTO_TEST_CASE(newer_indexes_are_made_in_a_store_of_few_queries)
{
  const auto indexes = [this] {
    return ask("SELECT count(*) FROM sqlite_schema WHERE name IN ('queries_by_api', 'queries_recovered')");
  };
  open();
  BOOST_TEST(indexes() == "2");
  store.reset();
  tell("INSERT INTO queries (id, query_id) VALUES (1, 'first'), (1000001, 'last')");
  tell("DROP INDEX queries_by_api");
  tell("DROP INDEX queries_recovered");
  open();
  BOOST_TEST(indexes() == "0");
  store.reset();
  tell("DELETE FROM queries WHERE id = 1000001");
  open();
  BOOST_TEST(indexes() == "2");
}

BOOST_AUTO_TEST_SUITE_END()
