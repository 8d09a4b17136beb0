// Commits, rollbacks and the guards of the checkpointer.
#include <boost/test/unit_test.hpp>
#include <sqlite3.h>

#include "base/file_lock.hpp"
#include "sql/commit_queue.hpp"
#include "sql/statement.hpp"
#include "sqlite/checkpointer.hpp"
#include "sqlite/group_writer.hpp"
#include "sqlite/wal_index.hpp"
#include "store/store_fixture.hpp"
#include "support/process.hpp"

using namespace postbackd;
using namespace postbackd::test;
using sqlite::Connection;

BOOST_FIXTURE_TEST_SUITE(connection, StoreFixture)

BOOST_AUTO_TEST_CASE(every_commit_is_synced)
{
  open();
  Connection writer = connect(Connection::Mode::existing);
  BOOST_TEST(writer.database().raw().execAndGet("PRAGMA synchronous").getInt() == 2); // FULL
  BOOST_TEST(writer.database().raw().execAndGet("PRAGMA wal_autocheckpoint").getInt() == 0);
}

// Pages that did not fit into the cache are on their way to the WAL when the transaction is rolled back.
BOOST_AUTO_TEST_CASE(what_was_rolled_back_does_not_reach_the_pages_of_another_program)
{
  Connection writer = connect(Connection::Mode::create);
  Connection other = connect(Connection::Mode::existing);
  writer.database().raw().exec("CREATE TABLE t (text); PRAGMA cache_size = 10");
  constexpr auto insert = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
                          "INSERT INTO t SELECT hex(zeroblob(1500)) FROM n";
  for (int i = 1; i <= 3; ++i) {
    writer.database().raw().exec(
        "PRAGMA wal_checkpoint"); // or the rollback reads the first page from the WAL
    writer.database().raw().exec("BEGIN IMMEDIATE");
    writer.database().raw().exec(insert);
    writer.database().raw().exec("ROLLBACK");
    other.database().raw().exec(insert);
    writer.database().raw().exec(insert);
    BOOST_TEST(ask("PRAGMA integrity_check") == "ok");
    BOOST_TEST(ask("SELECT count(*) FROM t") == std::to_string(200 * i));
  }
}

// Programs that leave the checkpoints to the daemon (docs/schema.md), while nothing arrives.
BOOST_AUTO_TEST_CASE(the_wal_of_other_programs_is_moved_while_the_writer_is_idle)
{
  store.reset();
  store = std::make_unique<store::sqlite::SqliteStore>(options, nullptr,
                                                       sqlite::CheckpointPages{60, 130, 170, 20});
  sqlite::Connection other = connect(sqlite::Connection::Mode::existing);
  const sqlite::WalIndex wal(other);
  for (int i = 0; i < 100; ++i)
    other.database().raw().exec("INSERT INTO queries (query_id) VALUES ('q-" + std::to_string(i) + "')");
  BOOST_TEST(eventually([&] { return wal.waiting_pages() < 60; }));
  BOOST_TEST(keep(postback_of(result_of("q-99"))).value().receipt > 0);
  BOOST_TEST(ask("PRAGMA integrity_check") == "ok");
}

// Else the writer would move all of it at the end, while postbacks wait.
BOOST_AUTO_TEST_CASE(a_wal_that_begins_anew_after_other_programs_is_moved_in_time)
{
  open();
  store.reset();
  Connection writer = connect(Connection::Mode::existing);
  Connection other = connect(Connection::Mode::existing);
  sqlite::Checkpointer checkpointer({options.path}, {20, 10'000, 20'000, 10});
  const sqlite::WalIndex wal(other);
  for (int i = 0; i < 100; ++i)
    other.database().raw().exec("INSERT INTO queries (query_id) VALUES ('q-" + std::to_string(i) + "')");
  checkpointer.look();
  BOOST_TEST_REQUIRE(eventually([&] { return wal.waiting_pages() == 0; }));
  for (int i = 0; i < 20; ++i) {
    writer.database().raw().exec("INSERT INTO queries (query_id) VALUES ('ours-" + std::to_string(i) + "')");
    checkpointer.committed(wal.waiting_pages(), writer);
  }
  BOOST_TEST(eventually([&] { return wal.waiting_pages() < 20; }));
}

// 64 MiB stay; a longer file, which another program made, goes part by part, so that no commit waits for all.
BOOST_AUTO_TEST_CASE(a_long_wal_is_given_back_a_part_with_each_commit)
{
  open();
  store.reset();
  Connection writer = connect(Connection::Mode::existing);
  Connection other = connect(Connection::Mode::existing);
  const auto size = [&] { return std::filesystem::file_size(options.path.string() + "-wal") >> 20; };
  const auto fill = [&](int mebibytes) {
    other.database().raw().exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                                "INSERT INTO filler SELECT randomblob(1 << 20) FROM n LIMIT " +
                                std::to_string(mebibytes));
  };
  const auto commit = [&](const std::string& query) {
    writer.database().raw().exec("INSERT INTO queries (query_id) VALUES ('" + query + "')");
  };
  other.database().raw().exec("CREATE TABLE filler (bytes)");
  fill(100);
  other.database().raw().exec("PRAGMA wal_checkpoint");
  commit("q-1");
  BOOST_TEST(size() >= 90);
  commit("q-2");
  BOOST_TEST(size() < 90);
  fill(80); // what is no part of the old one is not given back
  commit("q-3");
  BOOST_TEST(size() >= 80);
  BOOST_TEST(ask("SELECT count(*) FROM filler") == "180");
  other.database().raw().exec("PRAGMA wal_checkpoint");
  for (int i = 0; i < 4; ++i)
    commit("after-" + std::to_string(i));
  BOOST_TEST(size() == 64);
  BOOST_TEST(ask("SELECT count(*) FROM v_queries") == "7");
  BOOST_TEST(ask("SELECT count(length(bytes)) FROM filler") == "180");
  BOOST_TEST(ask("PRAGMA integrity_check") == "ok");
}

// A checkpoint right after a complete one, while a writer begins the WAL anew, can lose pages before SQLite
// 3.51.3. Whoever makes it: two processes have a checkpointer each.
BOOST_AUTO_TEST_CASE(no_checkpoint_follows_a_complete_one_before_a_commit)
{
  open();
  Connection writer = connect(Connection::Mode::existing);
  sqlite::Checkpointer ours({options.path}, {});
  sqlite::Checkpointer others({options.path}, {});
  tell("INSERT INTO queries (query_id) VALUES ('q-1')");
  BOOST_TEST(ours.checkpoint(writer));
  BOOST_TEST(!ours.checkpoint(writer));
  BOOST_TEST(!others.checkpoint(writer));
  tell("INSERT INTO queries (query_id) VALUES ('q-2')");
  BOOST_TEST(others.checkpoint(writer));
  BOOST_TEST(!ours.checkpoint(writer));
}

BOOST_AUTO_TEST_CASE(one_process_at_a_time_makes_a_checkpoint)
{
  open();
  Connection writer = connect(Connection::Mode::existing);
  sqlite::Checkpointer checkpointer({options.path}, {});
  tell("INSERT INTO queries (query_id) VALUES ('q-1')");
  {
    base::FileLock other(options.path.string() + "-checkpoint.lock");
    const base::FileLock::Hold turn = other.try_hold();
    BOOST_TEST_REQUIRE(static_cast<bool>(turn));
    BOOST_TEST(!checkpointer.checkpoint(writer));
    BOOST_TEST(!checkpointer.empty_wal([] { return base::Result<void>(); }).has_value());
  }
  BOOST_TEST(checkpointer.checkpoint(writer));
}

// TRUNCATE goes on without the write lock if it cannot have it, right after a checkpoint that was complete.
BOOST_AUTO_TEST_CASE(the_wal_is_emptied_after_a_commit_only)
{
  open();
  store.reset();
  Connection writer = connect(Connection::Mode::existing);
  sqlite::Checkpointer checkpointer({options.path}, {});
  const sqlite::WalIndex wal(writer);
  int commits = 0;
  int waiting = 0;
  const auto commit = [&] {
    waiting = wal.waiting_pages();
    writer.database().raw().exec("INSERT INTO queries (query_id) VALUES ('q-" + std::to_string(++commits) +
                                 "')");
    return base::Result<void>();
  };
  tell("INSERT INTO queries (query_id) VALUES ('q-0')");
  BOOST_TEST(checkpointer.empty_wal(commit).has_value());
  BOOST_TEST(commits == 1);
  BOOST_TEST(waiting == 0);
  BOOST_TEST(std::filesystem::file_size(options.path.string() + "-wal") == 0u);
  BOOST_TEST(checkpointer.empty_wal(commit).has_value());
  BOOST_TEST(commits == 2);
  // Without a commit there would be two checkpoints in a row.
  BOOST_TEST(!checkpointer.empty_wal([] { return base::Result<void>(); }).has_value());
}

// The writer waits for a checkpoint that falls behind; what empties the WAL waits for the writer.
BOOST_AUTO_TEST_CASE(emptying_the_wal_and_the_writer_never_wait_for_each_other)
{
  open();
  store.reset();
  Connection writer = connect(Connection::Mode::existing);
  store::sqlite::Checkpointer checkpointer({options.path}, {20, 10, 10, 5});
  sqlite::GroupWriter group_writer(
      writer, {.after_commit = [&](int pages) { checkpointer.committed(pages, writer); }});
  sql::CommitQueue queue(group_writer, {});
  std::atomic<bool> stop = false;
  std::jthread load([&] {
    for (int i = 0; !stop; ++i)
      (void)queue.run_blocking([&] {
        writer.database().raw().exec("INSERT INTO queries (query_id) VALUES ('" + std::to_string(i) + "')");
      });
  });
  const auto commit = [&] {
    return queue.run_blocking([&] {
      writer.database().raw().exec("UPDATE settings SET value = hex(randomblob(4)) "
                                   "WHERE name = 'probe'");
    });
  };
  int emptied = 0;
  for (int i = 0; i < 200; ++i)
    emptied += checkpointer.empty_wal(commit).has_value();
  stop = true;
  BOOST_TEST(emptied > 0);
}

BOOST_AUTO_TEST_CASE(another_programs_lock_is_waited_for)
{
  options.busy_timeout = std::chrono::milliseconds(50);
  open();
  Connection other = connect(Connection::Mode::existing);
  Connection writer = connect(Connection::Mode::existing);
  other.database().raw().exec("BEGIN IMMEDIATE");
  const auto start = std::chrono::steady_clock::now();
  BOOST_CHECK_THROW(writer.database().raw().exec("BEGIN IMMEDIATE"), SQLite::Exception);
  BOOST_TEST((std::chrono::steady_clock::now() - start >= options.busy_timeout));
  other.database().raw().exec("ROLLBACK");
  writer.database().raw().exec("BEGIN IMMEDIATE");
}

BOOST_AUTO_TEST_CASE(a_word_or_a_time_that_we_do_not_know_is_a_failure_and_no_default)
{
  open();
  Connection reader = connect(Connection::Mode::read);
  sql::Statement row(reader.database(), "SELECT 'odd', 'yesterday'");
  row.step();
  BOOST_CHECK_THROW(sql::word_of<model::PostbackKind>(row, 0, model::postback_kind_of), base::Failure);
  BOOST_CHECK_THROW(sql::time_of(row, 1), base::Failure);
}

BOOST_AUTO_TEST_SUITE_END()
