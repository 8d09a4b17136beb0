#pragma once

#include "store/sqlite/commit_queue.hpp"

namespace postbackd::store::sqlite
{

// A job that is a function: it may be run twice, when a neighbour in its group spoilt it. The function must
// outlive the job.
class FunctionJob final : public CommitQueue::Job
{
public:
  explicit FunctionJob(const std::function<void()>& function, std::size_t bytes = 0)
      : Job(bytes), function_(function)
  {
  }
  void run() override { function_(); }

private:
  const std::function<void()>& function_;
};

} // namespace postbackd::store::sqlite
