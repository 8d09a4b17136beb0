#pragma once

#include <boost/asio/awaitable.hpp>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "base/error.hpp"
#include "store/sqlite/engine/commit_job.hpp"
#include "store/sqlite/engine/connection.hpp"
#include "store/sqlite/engine/wal_index.hpp"
#include "store/store.hpp"

namespace postbackd::store::sqlite
{

// One writer thread. Jobs that wait together are committed together, with one sync; while one group syncs,
// the next gathers, so nothing waits for a timer.
class CommitQueue
{
public:
  struct Options {
    std::size_t most_jobs = 20'000; // waiting; more are refused with `unavailable`
    std::size_t most_bytes = 512 << 20;
    // Called around the jobs of each group, on the writer thread.
    std::function<void()> before_group;
    std::function<void()> before_commit;
    // Called after a group that has written is on disk and its callers know, with the WAL's size in pages.
    std::function<void(int wal_pages)> after_commit;
    // Called once a second while there is nothing to write.
    std::function<void()> while_idle;
    std::function<void(CommitGroup)> on_group;
    // Called once, after a failure that only a new start can cure: the process must end.
    std::function<void(const base::Error&)> on_fatal;
  };

  CommitQueue(Connection& connection, Options options);
  ~CommitQueue(); // commits what waits

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
  void commit(const Jobs& group);
  void fail_waiting(std::size_t count, const base::Error& error);
  void look_at_files();
  std::optional<base::Error> begin();
  std::optional<base::Error> run_and_commit(const Jobs& group);
  void roll_back() noexcept;
  // Returns the error; a fatal one is that of all later jobs too.
  base::Error note(base::Error error);

  Connection& connection_;
  WalIndex wal_index_;
  Options options_;
  std::optional<base::Error> fatal_; // this and the next: writer thread only
  int wal_pages_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  Jobs waiting_;
  std::size_t waiting_bytes_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace postbackd::store::sqlite
