// A sync that fails once: Linux drops what was dirty, and says nothing of it again.
#include <boost/test/unit_test.hpp>

#include "sqlite/checkpoints.hpp"
#include "sqlite/sqlite_fixture.hpp"
#include "support/power_cut_vfs.hpp"

using namespace postbackd;
using namespace postbackd::test;
using sqlite::Checkpoints;
using sqlite::Connection;

namespace
{

struct FailedSyncFixture : SqliteFixture {
  FailedSyncFixture()
  {
    PowerCutVfs::install();
    options.vfs = PowerCutVfs::name;
  }

  // As a process of its own: with its own view of what has failed.
  sqlite::ConnectionOptions process(std::shared_ptr<sqlite::Failures> failures)
  {
    sqlite::ConnectionOptions own = options;
    own.failures = std::move(failures);
    return own;
  }
  // The number of words after the power has failed now; what is wrong with the file instead.
  std::string after_a_cut()
  {
    const auto image = directory / "image.sqlite3";
    PowerCutVfs::write_image(image, 0);
    Connection connection({image}, Connection::Mode::existing);
    const std::string health = ask(connection, "PRAGMA integrity_check");
    return health == "ok" ? ask(connection, "SELECT count(*) FROM words") : health;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(failed_sync, FailedSyncFixture)

// The pages of a partial checkpoint are counted as moved (nBackfill) in memory that all processes share.
BOOST_AUTO_TEST_CASE(no_process_trusts_what_a_partial_checkpoint_could_not_sync)
{
  int ends = 0;
  const auto failures = std::make_shared<sqlite::Failures>([&](const base::Error&) { ++ends; });
  Connection first(process(failures), Connection::Mode::create, [](SQLite::Database& database) {
    database.exec("CREATE TABLE IF NOT EXISTS words (id INTEGER PRIMARY KEY, word TEXT)");
  });
  insert(first, 50);
  Connection reader = connect(Connection::Mode::read);
  reader.database().raw().exec("BEGIN");
  BOOST_TEST(ask(reader, "SELECT count(*) FROM words") == "50");
  insert(first, 50);

  Checkpoints ours(first);
  PowerCutVfs::fail_next_sync("");
  const auto made = ours.move(first); // only up to the reader
  BOOST_TEST_REQUIRE(made.has_value());
  BOOST_TEST(made->pages > 50);
  BOOST_TEST(ends == 1);
  BOOST_TEST(failures->fatal()->message.find("look at the disk") != std::string::npos);

  // Another process goes on where the first one has ended: it makes the checkpoint complete, and the WAL
  // begins anew.
  reader.database().raw().exec("ROLLBACK");
  Connection second = connect(Connection::Mode::existing);
  Checkpoints theirs(second);
  BOOST_TEST_REQUIRE(theirs.move(second).has_value());
  BOOST_TEST(theirs.wal_index().waiting_pages() == 0);
  insert(second, 1);
  BOOST_TEST(after_a_cut() == "101");
}

BOOST_AUTO_TEST_CASE(after_a_failed_sync_no_other_one_succeeds)
{
  const auto failures = std::make_shared<sqlite::Failures>();
  options.failures = failures;
  Connection writer = connect();
  insert(writer, 20);
  Checkpoints checkpoints(writer);
  PowerCutVfs::fail_next_sync("");
  const auto made = checkpoints.move(writer);
  BOOST_TEST_REQUIRE(made.has_value());
  BOOST_TEST(made->error.has_value());
  BOOST_TEST((made->error->code == base::Errc::fatal));
  BOOST_TEST(failures->has_failed_sync());
  BOOST_CHECK_THROW(insert(writer, 1), SQLite::Exception);
  BOOST_TEST(after_a_cut() == "20");
  (void)checkpoints.move(writer);
  BOOST_TEST(after_a_cut() == "20");
}

// Wherever it happens: in a commit, in a checkpoint, in the part of one that is synced early.
BOOST_AUTO_TEST_CASE(what_was_committed_is_there_whichever_sync_fails)
{
  for (const char* file : {"", "-wal"})
    for (int before = 0; before < 12; ++before) {
      PowerCutVfs::install();
      options.path = directory / ("whichever" + std::string(file) + std::to_string(before));
      options.failures = std::make_shared<sqlite::Failures>();
      Connection writer = connect();
      Connection other = connect(Connection::Mode::existing);
      Checkpoints checkpoints(other);
      Connection reader = connect(Connection::Mode::read);
      int committed = 0;
      const auto work = [&](int commits) {
        for (int i = 0; i < commits; ++i, ++committed)
          insert(writer, 1, 3'000);
      };
      try {
        work(40 * before);
        PowerCutVfs::fail_next_sync(file);
        for (int round = 0; round < 6; ++round) {
          reader.database().raw().exec("BEGIN");
          ask(reader, "SELECT count(*) FROM words");
          work(60);
          (void)checkpoints.move(other);
          reader.database().raw().exec("ROLLBACK");
          work(20);
          (void)checkpoints.move(other);
        }
      } catch (const SQLite::Exception&) {
      }
      BOOST_TEST(options.failures->fatal().has_value(), file << before);
      BOOST_TEST(after_a_cut() == std::to_string(committed), file << before);
    }
}

BOOST_AUTO_TEST_SUITE_END()
