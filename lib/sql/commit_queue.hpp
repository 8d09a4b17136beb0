#pragma once

#include <boost/asio/awaitable.hpp>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "base/error.hpp"
#include "sql/commit_job.hpp"
#include "sql/writer.hpp"

namespace postbackd::sql
{

// One writer thread. Jobs that wait together are committed together, with one sync; while one group syncs,
// the next gathers, so nothing waits for a timer. After a fatal error (Writer::fatal), whoever has met it,
// every job fails with it.
class CommitQueue
{
public:
  // Jobs that were committed together.
  struct Group {
    std::size_t jobs;
    std::chrono::nanoseconds waited; // the first of them, from its arrival until it was on disk
    std::chrono::nanoseconds commit; // of that, the commit with its sync
  };

  struct Options {
    std::size_t most_jobs = 20'000; // waiting; more are refused with `unavailable`
    std::size_t most_bytes = 512 << 20;
    // Called around the jobs of each group, on the writer thread.
    std::function<void()> before_group;
    std::function<void()> before_commit;
    // Called once a group is on disk, before its callers know. What it throws is logged.
    std::function<void(const Group&)> on_group;
  };

  CommitQueue(Writer& writer, Options options);
  ~CommitQueue();
  // Commits what waits, and ends the thread: nothing may use the queue any more. Call it before what the jobs
  // use goes.
  void stop();

  // Calls work() on the writer thread, inside a transaction, and completes on the caller's executor once that
  // is on disk: with the value that work returned, or with an error when nothing of it is in the file. Calls
  // work a second time, alone, when another member of its group failed. work must outlive the call; `bytes`
  // is the memory it holds.
  template<class Work>
  boost::asio::awaitable<base::Result<std::invoke_result_t<Work&>>> run(Work& work, std::size_t bytes = 0)
  {
    WorkJob<Work> job(work, bytes);
    co_await wait_for(job);
    co_return job.outcome();
  }

  // Does the same, but blocks the calling thread.
  template<class Work>
  base::Result<std::invoke_result_t<Work&>> run_blocking(Work&& work, std::size_t bytes = 0)
  {
    WorkJob<std::remove_reference_t<Work>> job(work, bytes);
    block_for(job);
    return job.outcome();
  }

  // Does the same without anybody who waits: calls done() afterwards, on any thread.
  using Done = std::function<void(const base::Result<void>&)>;
  void start(std::function<void()> work, Done done);

  std::size_t count_waiting();

private:
  using Jobs = CommitJobs;

  boost::asio::awaitable<void> wait_for(CommitJob& job);
  void block_for(CommitJob& job);
  void push(CommitJob& job);
  void work();
  Jobs next_group();
  void take_waiting(Jobs& group);
  void commit(Jobs group, bool alone = false);
  void fail_waiting(std::size_t count, const base::Error& error);
  std::optional<base::Error> run_and_commit(const Jobs& group);
  void tell(const Jobs& group, std::chrono::nanoseconds commit);

  Writer& writer_;
  Options options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Jobs waiting_;
  std::size_t waiting_bytes_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace postbackd::sql
