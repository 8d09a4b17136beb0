#include "sql/commit_job.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace postbackd::sql
{

void complete(const CommitJobs& jobs)
{
  CommitJobs rest = jobs;
  while (!rest.empty()) {
    const boost::asio::any_io_executor executor = rest.front()->executor;
    const auto others = std::stable_partition(
        rest.begin(), rest.end(), [&](const CommitJob* job) { return job->executor == executor; });
    std::vector<CommitJob::Waiter> waiters;
    waiters.reserve(static_cast<std::size_t>(others - rest.begin()));
    for (auto job = rest.begin(); job != others; ++job)
      waiters.push_back(std::move(*(*job)->waiter));
    rest.erase(rest.begin(), others);
    boost::asio::post(executor, [waiters = std::move(waiters)]() mutable {
      for (CommitJob::Waiter& waiter : waiters)
        std::move(waiter)();
    });
  }
}

} // namespace postbackd::sql
