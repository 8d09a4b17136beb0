#include <boost/test/unit_test.hpp>

#include "store/sqlite/commit_queue.hpp"
#include "store/store_fixture.hpp"
#include "support/faulty_vfs.hpp"

using namespace postbackd;
using namespace postbackd::test;
using store::sqlite::CommitQueue;
using store::sqlite::Connection;

namespace
{

// Inserts a number; fails when told to.
class InsertJob final : public CommitQueue::Job
{
public:
  InsertJob(Connection& connection, int number, bool fails = false)
      : Job(1), connection_(connection), number_(number), fails_(fails)
  {
  }
  void run() override
  {
    connection_.database().exec("INSERT INTO numbers VALUES (" + std::to_string(number_) + ")");
    ++runs;
    if (fails_) throw std::runtime_error("told to fail");
  }
  int runs = 0;

private:
  Connection& connection_;
  int number_;
  bool fails_;
};

struct QueueFixture : StoreFixture {
  QueueFixture()
  {
    connection = std::make_unique<Connection>(options.connection, Connection::Mode::create);
    connection->database().exec("CREATE TABLE numbers (n INTEGER PRIMARY KEY)");
  }

  // Runs the jobs at once; the writer is held back until all of them wait.
  void run_together(CommitQueue& queue, std::vector<std::unique_ptr<InsertJob>>& jobs)
  {
    boost::asio::io_context& io = test_context();
    for (auto& job : jobs)
      boost::asio::co_spawn(io, queue.run(*job), boost::asio::use_future);
    io.run();
  }

  std::unique_ptr<Connection> connection;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(commit_queue, QueueFixture)

BOOST_AUTO_TEST_CASE(a_failed_job_does_not_spoil_its_group)
{
  CommitQueue queue(*connection, {});
  std::vector<std::unique_ptr<InsertJob>> jobs;
  for (int i = 0; i < 20; ++i)
    jobs.push_back(std::make_unique<InsertJob>(*connection, i, i == 7));
  run_together(queue, jobs);
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(jobs[static_cast<std::size_t>(i)]->error().has_value() == (i == 7));
  BOOST_TEST(ask("SELECT count(*) FROM numbers") == "19");
  BOOST_TEST(ask("SELECT count(*) FROM numbers WHERE n = 7") == "0");
}

BOOST_AUTO_TEST_CASE(jobs_that_wait_together_share_a_sync)
{
  FaultyVfs::install();
  options.connection.vfs = FaultyVfs::name;
  connection = std::make_unique<Connection>(options.connection, Connection::Mode::existing);
  CommitQueue queue(*connection, {});
  std::vector<std::unique_ptr<InsertJob>> jobs;
  for (int i = 0; i < 400; ++i)
    jobs.push_back(std::make_unique<InsertJob>(*connection, i));
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
  Connection other(options.connection, Connection::Mode::existing);
  other.database().exec("BEGIN IMMEDIATE");
  CommitQueue::Options limits;
  limits.most_jobs = 3;
  CommitQueue queue(*connection, limits);
  std::vector<std::unique_ptr<InsertJob>> jobs;
  for (int i = 0; i < 50; ++i)
    jobs.push_back(std::make_unique<InsertJob>(*connection, i));
  boost::asio::io_context& io = test_context();
  for (auto& job : jobs)
    boost::asio::co_spawn(io, queue.run(*job), boost::asio::use_future);
  std::size_t refused = 0;
  io.poll();
  for (const auto& job : jobs)
    if (job->error()) {
      ++refused;
      BOOST_TEST(job->error()->message == "the commit queue is full");
      BOOST_TEST((job->error()->code == base::Errc::unavailable));
    }
  BOOST_TEST(refused >= 40u); // 3 wait, and the writer may have taken as many before
  other.database().exec("ROLLBACK");
  io.restart();
  io.run();
  BOOST_TEST(ask("SELECT count(*) FROM numbers") == std::to_string(50 - refused));
}

BOOST_AUTO_TEST_CASE(a_job_beyond_the_limit_has_its_place_in_an_empty_queue)
{
  CommitQueue::Options limits;
  limits.most_bytes = 0;
  CommitQueue queue(*connection, limits);
  std::vector<std::unique_ptr<InsertJob>> jobs;
  jobs.push_back(std::make_unique<InsertJob>(*connection, 1));
  run_together(queue, jobs);
  BOOST_TEST(!jobs.front()->error().has_value());
}

// One group after the other would wait the whole time again.
BOOST_AUTO_TEST_CASE(a_lock_is_waited_for_once_by_all_that_wait)
{
  options.connection.busy_timeout = std::chrono::milliseconds(300);
  connection = std::make_unique<Connection>(options.connection, Connection::Mode::existing);
  Connection other(options.connection, Connection::Mode::existing);
  other.database().exec("BEGIN IMMEDIATE");
  CommitQueue queue(*connection, {});
  std::vector<std::unique_ptr<InsertJob>> jobs;
  for (int i = 0; i < 5'000; ++i)
    jobs.push_back(std::make_unique<InsertJob>(*connection, i));
  const auto start = std::chrono::steady_clock::now();
  run_together(queue, jobs);
  for (const auto& job : jobs)
    BOOST_REQUIRE(job->error().has_value());
  // Ten groups of 512: the first may have begun its wait before the others came.
  BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::milliseconds(1'500)));
  other.database().exec("ROLLBACK");
}

BOOST_AUTO_TEST_CASE(what_waits_is_committed_before_the_end)
{
  std::vector<std::unique_ptr<InsertJob>> jobs;
  boost::asio::io_context& io = test_context();
  {
    CommitQueue queue(*connection, {});
    for (int i = 0; i < 100; ++i) {
      jobs.push_back(std::make_unique<InsertJob>(*connection, i));
      boost::asio::co_spawn(io, queue.run(*jobs.back()), boost::asio::use_future);
    }
    io.poll();
  }
  BOOST_TEST(ask("SELECT count(*) FROM numbers") == "100");
  io.restart();
  io.run();
}

BOOST_AUTO_TEST_SUITE_END()
