#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <thread>

#include "base/spawn.hpp"
#include "sql/commit_queue.hpp"
#include "sqlite/group_writer.hpp"
#include "sqlite/sqlite_fixture.hpp"
#include "support/faulty_vfs.hpp"

using namespace postbackd;
using namespace postbackd::test;
using sql::CommitQueue;
using sqlite::Connection;

namespace
{

// Inserts a number; fails when told to. The outcome stands here once it is known.
struct Insert {
  Insert(Connection& given, int n, bool fail = false) : connection(given), number(n), fails(fail) {}

  void operator()()
  {
    ++runs;
    connection.database().raw().exec("INSERT INTO numbers VALUES (" + std::to_string(number) + ")");
    if (fails) throw std::runtime_error("told to fail");
  }

  Connection& connection;
  int number;
  bool fails;
  int runs = 0;
  std::optional<base::Result<void>> outcome;
};

using Inserts = std::vector<std::unique_ptr<Insert>>;

boost::asio::awaitable<void> run_one(CommitQueue& queue, Insert& insert)
{
  base::Result<void> outcome = co_await queue.run(insert, 1);
  insert.outcome = outcome;
}

// Outlives every queue, as CommitQueue::run wants it.
boost::asio::io_context& test_context()
{
  static boost::asio::io_context io;
  io.restart();
  return io;
}

struct QueueFixture : SqliteFixture {
  QueueFixture()
  {
    open();
    connection->database().raw().exec("CREATE TABLE numbers (n INTEGER PRIMARY KEY)");
  }

  static void begin(CommitQueue& queue, Inserts& jobs)
  {
    for (auto& job : jobs)
      base::spawn(test_context().get_executor(), "insert", run_one(queue, *job));
  }
  static void run_together(CommitQueue& queue, Inserts& jobs)
  {
    begin(queue, jobs);
    test_context().run();
  }
  // One group, surely: another program holds the lock until all of them wait.
  void run_as_one_group(CommitQueue& queue, Inserts& jobs)
  {
    Connection other(options, Connection::Mode::existing);
    other.database().raw().exec("BEGIN IMMEDIATE");
    Insert first(*connection, -1);
    base::spawn(test_context().get_executor(), "insert", run_one(queue, first));
    test_context().poll();
    while (queue.count_waiting() > 0) // the writer has taken the first one, and waits for the lock
      std::this_thread::yield();
    begin(queue, jobs);
    test_context().poll();
    other.database().raw().exec("ROLLBACK");
    test_context().run();
  }

  void open() { connection = std::make_unique<Connection>(options, Connection::Mode::create); }
  std::string ask(const std::string& sql)
  {
    Connection reader(options, Connection::Mode::read);
    return test::ask(reader, sql);
  }

  std::unique_ptr<Connection> connection;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(commit_queue, QueueFixture)

BOOST_AUTO_TEST_CASE(one_that_fails_does_not_spoil_its_group)
{
  sqlite::GroupWriter writer(*connection);
  CommitQueue queue(writer, {});
  Inserts jobs;
  for (int i = 0; i < 20; ++i)
    jobs.push_back(std::make_unique<Insert>(*connection, i, i == 7));
  run_as_one_group(queue, jobs);
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(jobs[static_cast<std::size_t>(i)]->outcome->has_value() == (i != 7));
  BOOST_TEST(jobs[0]->runs == 2); // with the group, and alone
  BOOST_TEST(ask("SELECT count(*) FROM numbers WHERE n >= 0") == "19");
  BOOST_TEST(ask("SELECT count(*) FROM numbers WHERE n = 7") == "0");
}

BOOST_AUTO_TEST_CASE(only_a_group_that_has_written_counts_as_a_commit)
{
  int commits = 0;
  sqlite::GroupWriter writer(*connection, {.after_commit = [&commits](int) { ++commits; }});
  CommitQueue queue(writer, {});
  (void)queue.run_blocking([] { throw std::runtime_error("told to fail"); });
  (void)queue.run_blocking([] {});
  (void)queue.run_blocking([this] { connection->database().raw().exec("INSERT INTO numbers VALUES (1)"); });
  (void)queue.run_blocking([] {}); // the callback of the one before has been called
  BOOST_TEST(commits == 1);
}

// What is told afterwards must not run a second time what is on disk.
BOOST_AUTO_TEST_CASE(a_committed_group_never_runs_twice)
{
  sqlite::GroupWriter writer(*connection);
  CommitQueue queue(writer, {.on_group = [](const CommitQueue::Group&) { throw std::bad_alloc(); }});
  Inserts jobs;
  for (int i = 0; i < 5; ++i)
    jobs.push_back(std::make_unique<Insert>(*connection, i));
  run_as_one_group(queue, jobs);
  for (const auto& job : jobs) {
    BOOST_TEST(job->outcome->has_value());
    BOOST_TEST(job->runs == 1);
  }
}

BOOST_AUTO_TEST_CASE(jobs_that_wait_together_share_a_sync)
{
  FaultyVfs::install();
  options.vfs = FaultyVfs::name;
  open();
  sqlite::GroupWriter writer(*connection);
  CommitQueue queue(writer, {});
  Inserts jobs;
  for (int i = 0; i < 400; ++i)
    jobs.push_back(std::make_unique<Insert>(*connection, i));
  const int before = FaultyVfs::syncs;
  run_together(queue, jobs);
  const int syncs = FaultyVfs::syncs - before;
  BOOST_TEST(syncs >= 1);
  BOOST_TEST(syncs < 200);
  BOOST_TEST(ask("SELECT count(*) FROM numbers") == "400");
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_at_once)
{
  // Another program holds the lock, so that nothing leaves the queue.
  Connection other(options, Connection::Mode::existing);
  other.database().raw().exec("BEGIN IMMEDIATE");
  CommitQueue::Options limits;
  limits.most_jobs = 3;
  sqlite::GroupWriter writer(*connection);
  CommitQueue queue(writer, limits);
  Inserts jobs;
  for (int i = 0; i < 50; ++i)
    jobs.push_back(std::make_unique<Insert>(*connection, i));
  Insert first(*connection, -1);
  base::spawn(test_context().get_executor(), "insert", run_one(queue, first));
  test_context().poll();
  while (queue.count_waiting() > 0) // the writer has it, and waits for the lock
    std::this_thread::yield();
  begin(queue, jobs);
  std::size_t refused = 0;
  test_context().poll();
  for (const auto& job : jobs)
    if (job->outcome) {
      ++refused;
      BOOST_TEST(job->outcome->error().message == "the commit queue is full");
      BOOST_TEST((job->outcome->error().code == base::Errc::unavailable));
    }
  BOOST_TEST(refused == 47u);
  other.database().raw().exec("ROLLBACK");
  test_context().run();
  BOOST_TEST(ask("SELECT count(*) FROM numbers WHERE n >= 0") == "3");
}

BOOST_AUTO_TEST_CASE(a_job_beyond_the_limit_has_its_place_in_an_empty_queue)
{
  CommitQueue::Options limits;
  limits.most_bytes = 0;
  sqlite::GroupWriter writer(*connection);
  CommitQueue queue(writer, limits);
  Inserts jobs;
  jobs.push_back(std::make_unique<Insert>(*connection, 1));
  run_together(queue, jobs);
  BOOST_TEST(jobs.front()->outcome->has_value());
}

// One group after the other would wait the whole time again.
BOOST_AUTO_TEST_CASE(a_lock_is_waited_for_once_by_all_that_wait)
{
  options.busy_timeout = std::chrono::milliseconds(300);
  open();
  Connection other(options, Connection::Mode::existing);
  other.database().raw().exec("BEGIN IMMEDIATE");
  sqlite::GroupWriter writer(*connection);
  CommitQueue queue(writer, {});
  Inserts jobs;
  for (int i = 0; i < 5'000; ++i)
    jobs.push_back(std::make_unique<Insert>(*connection, i));
  const auto start = std::chrono::steady_clock::now();
  run_together(queue, jobs);
  for (const auto& job : jobs)
    BOOST_REQUIRE(!job->outcome->has_value());
  // Ten groups of 512: the first may have begun its wait before the others came.
  BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::milliseconds(1'500)));
  other.database().raw().exec("ROLLBACK");
}

// Else, after that many bytes in all, each one that finds another waiting would be refused.
BOOST_AUTO_TEST_CASE(the_bytes_of_what_is_committed_no_longer_count)
{
  CommitQueue::Options limits;
  limits.most_bytes = 40;
  sqlite::GroupWriter writer(*connection);
  CommitQueue queue(writer, limits);
  for (int round = 0; round < 5; ++round) {
    Inserts jobs;
    for (int i = 0; i < 30; ++i)
      jobs.push_back(std::make_unique<Insert>(*connection, 100 * round + i));
    run_together(queue, jobs);
    for (const auto& job : jobs)
      BOOST_REQUIRE(job->outcome->has_value());
  }
}

BOOST_AUTO_TEST_CASE(what_waits_is_committed_before_the_end)
{
  Inserts jobs;
  {
    sqlite::GroupWriter writer(*connection);
    CommitQueue queue(writer, {});
    for (int i = 0; i < 100; ++i)
      jobs.push_back(std::make_unique<Insert>(*connection, i));
    begin(queue, jobs);
    test_context().poll();
  }
  BOOST_TEST(ask("SELECT count(*) FROM numbers") == "100");
  test_context().run();
}

BOOST_AUTO_TEST_SUITE_END()
