#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

namespace postbackd::store::sqlite
{

// One thread that writes. Jobs that wait together are committed together, with one sync; while one group
// syncs, the next gathers, so nothing waits for a timer.
class CommitQueue
{
public:
  // A piece of a transaction. Lives in its waiter's coroutine.
  class Job
  {
  public:
    explicit Job(std::size_t bytes) : bytes_(bytes) {}
    virtual ~Job() = default;
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;

    // Called on the writer thread, inside a transaction; once more, alone, when a neighbour spoilt the group.
    virtual void run() = 0;

    // Set before the waiter goes on, when nothing of the job is in the file.
    const std::optional<base::Error>& error() const { return error_; }

  private:
    friend class CommitQueue;
    std::size_t bytes_; // what it holds in memory
    std::chrono::steady_clock::time_point came_;
    std::optional<base::Error> error_;
    boost::asio::any_io_executor executor_;
    // Never assigned: assigning an any_completion_handler recurses for ever in Boost 1.81.
    std::optional<boost::asio::any_completion_handler<void()>> waiter_;
  };

  struct Options {
    std::size_t most_jobs = 20'000; // waiting; further ones are refused with `unavailable`
    std::size_t most_bytes = 512 << 20;
    // Around the jobs of each group, on the writer thread.
    std::function<void()> before_group;
    std::function<void()> before_commit;
    // After a group is on disk; the WAL's size in pages.
    std::function<void(int wal_pages)> after_commit;
    std::function<void(const Group&)> on_group;
    // A sync failed: what the file holds is no longer known, and the process must end.
    std::function<void(const base::Error&)> on_fatal;
  };

  CommitQueue(Connection& connection, Options options);
  ~CommitQueue(); // commits what waits

  // Completes on the caller's executor once the job is on disk, or has its error. The job must live until
  // then.
  boost::asio::awaitable<void> run(Job& job);

  // The same for a thread that may wait.
  void run_blocking(Job& job);

  std::size_t count_waiting();

private:
  using Jobs = std::vector<Job*>;

  void push(Job& job);
  void work();
  Jobs next_group();
  void commit(const Jobs& group);
  void fail_waiting(std::size_t count, const base::Error& error);
  void commit_one_by_one(const Jobs& group);
  std::optional<base::Error> begin();
  std::optional<base::Error> run_and_commit(const Jobs& group);
  void roll_back() noexcept;
  void fail_from_now_on(const base::Error& error);
  static void complete(Job& job);

  Connection& connection_;
  Options options_;
  std::optional<base::Error> fatal_; // writer thread only, as the next
  int wal_pages_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  Jobs waiting_;
  std::size_t waiting_bytes_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace postbackd::store::sqlite
