// A store of an older release: copied, then brought to this one's version, or left as it was.
#include <boost/test/unit_test.hpp>

#include "base/error.hpp"
#include "store/sqlite/files/migration.hpp"
#include "store/store_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;
using store::sqlite::migrate;
using store::sqlite::Migration;

namespace
{

struct MigrationFixture : StoreFixture {
  MigrationFixture()
  {
    open();
    tell("INSERT INTO queries (query_id) VALUES ('q-1')");
    store.reset();
  }
  SQLite::Database database() { return SQLite::Database(options.path.string(), SQLite::OPEN_READWRITE); }
  std::string copy() const { return options.path.string() + ".schema-1"; }
};

const std::vector<Migration> steps{{2, "ALTER TABLE queries ADD COLUMN colour TEXT"},
                                   {3, "UPDATE queries SET colour = 'blue'"}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(migration, MigrationFixture)

BOOST_AUTO_TEST_CASE(an_older_store_is_copied_and_brought_up)
{
  auto older = database();
  migrate(older, options.path, steps);
  BOOST_TEST(older.execAndGet("PRAGMA user_version").getInt() == 3);
  BOOST_TEST(older.execAndGet("SELECT colour FROM queries").getString() == "blue");
  SQLite::Database before(copy(), SQLite::OPEN_READONLY);
  BOOST_TEST(before.execAndGet("PRAGMA user_version").getInt() == 1);
  BOOST_TEST(before.execAndGet("SELECT query_id FROM queries").getString() == "q-1");
  migrate(older, options.path, steps); // nothing more to do
  BOOST_TEST(older.execAndGet("PRAGMA user_version").getInt() == 3);
}

BOOST_AUTO_TEST_CASE(a_step_that_fails_changes_nothing)
{
  auto older = database();
  BOOST_CHECK_THROW(migrate(older, options.path, {steps[0], {3, "UPDATE nothing SET x = 1"}}),
                    SQLite::Exception);
  BOOST_TEST(older.execAndGet("PRAGMA user_version").getInt() == 1);
  BOOST_CHECK_THROW(older.exec("SELECT colour FROM queries"), SQLite::Exception);
}

// A newer one is refused in words.
BOOST_AUTO_TEST_CASE(a_newer_store_is_refused)
{
  database().exec("PRAGMA user_version = 99");
  try {
    open();
    BOOST_ERROR("it was opened");
  } catch (const base::Failure& failure) {
    BOOST_TEST(std::string(failure.what()).find("newer postbackd (schema 99, this one knows 1)") !=
               std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
