#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <optional>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/error.hpp"

namespace postbackd::sql
{

// A member of a group of the commit queue. Lives where its caller waits.
struct CommitJob {
  using Waiter = boost::asio::any_completion_handler<void()>; // throws nothing: it resumes a coroutine

  explicit CommitJob(std::size_t size) : bytes(size) {}
  virtual ~CommitJob() = default;
  CommitJob(const CommitJob&) = delete;
  CommitJob& operator=(const CommitJob&) = delete;

  virtual void run() = 0;

  const std::size_t bytes; // the memory it holds
  std::chrono::steady_clock::time_point came;
  std::optional<base::Error> error; // set before the waiter resumes
  boost::asio::any_io_executor executor;
  // Never assigned: assigning an any_completion_handler recurses for ever in Boost 1.81.
  std::optional<Waiter> waiter;
};

using CommitJobs = std::vector<CommitJob*>;

// Resumes the waiters, each on its executor. Wakes a thread once, however many of its jobs there are. A job
// is destroyed as soon as its waiter resumes.
void complete(const CommitJobs& jobs);

// A job that keeps what its work returned.
template<class Work>
class WorkJob final : public CommitJob
{
public:
  using Value = std::invoke_result_t<Work&>;

  WorkJob(Work& work, std::size_t size) : CommitJob(size), work_(work) {}

  void run() override
  {
    if constexpr (std::is_void_v<Value>)
      work_();
    else
      value_.emplace(work_());
  }
  base::Result<Value> outcome()
  {
    if (error) return *error;
    if constexpr (std::is_void_v<Value>)
      return {};
    else
      return std::move(*value_);
  }

private:
  Work& work_;
  std::conditional_t<std::is_void_v<Value>, std::monostate, std::optional<Value>> value_;
};

} // namespace postbackd::sql
