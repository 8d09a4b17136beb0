#include "sql/commit_queue.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <future>
#include <pthread.h>

#include "base/log.hpp"

namespace postbackd::sql
{
namespace
{

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// Bounds how long a group's first job waits for its last.
constexpr std::size_t largest_group = 512;
// How often the writer looks after itself while there is nothing to write.
constexpr std::chrono::seconds look_period{1};

} // namespace

CommitQueue::CommitQueue(Writer& writer, Options options) : writer_(writer), options_(std::move(options))
{
  thread_ = std::thread([this] { work(); });
  pthread_setname_np(thread_.native_handle(), "writer");
}

CommitQueue::~CommitQueue() { stop(); }

void CommitQueue::stop()
{
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

asio::awaitable<void> CommitQueue::wait_for(CommitJob& job)
{
  job.executor = co_await asio::this_coro::executor;
  auto start = [this, &job](auto handler) {
    job.waiter.emplace(std::move(handler));
    push(job);
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(start, asio::use_awaitable);
}

void CommitQueue::block_for(CommitJob& job)
{
  const auto done = std::make_shared<std::promise<void>>();
  std::future<void> future = done->get_future();
  job.executor = asio::system_executor();
  job.waiter.emplace([done] { done->set_value(); });
  push(job);
  future.wait();
}

void CommitQueue::start(std::function<void()> work, Done done)
{
  struct Detached {
    std::function<void()> work;
    Done done;
    WorkJob<std::function<void()>> job{work, 0};
  };
  const std::shared_ptr<Detached> detached(new Detached{std::move(work), std::move(done)});
  CommitJob& job = detached->job;
  job.executor = asio::system_executor();
  job.waiter.emplace([detached] { detached->done(detached->job.outcome()); });
  push(job);
}

void CommitQueue::push(CommitJob& job)
{
  job.came = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    // An empty queue accepts any job, so that no limit makes a postback impossible.
    const bool full = !waiting_.empty() && (waiting_.size() >= options_.most_jobs ||
                                            waiting_bytes_ + job.bytes > options_.most_bytes);
    if (!full) {
      waiting_.push_back(&job);
      waiting_bytes_ += job.bytes;
      wake_.notify_one();
      return;
    }
  }
  job.error = base::Error{base::Errc::unavailable, "the commit queue is full"};
  complete({&job});
}

CommitQueue::Jobs CommitQueue::next_group()
{
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, look_period, [this] { return stopping_ || !waiting_.empty(); })) {
    lock.unlock();
    writer_.look();
    lock.lock();
  }
  Jobs group;
  take_waiting(group);
  return group;
}

// With mutex_.
void CommitQueue::take_waiting(Jobs& group)
{
  const std::size_t room = largest_group - group.size();
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(room, waiting_.size()));
  for (auto job = waiting_.begin(); job != end; ++job)
    waiting_bytes_ -= (*job)->bytes;
  group.insert(group.end(), waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
}

void CommitQueue::work()
{
  for (Jobs group = next_group(); !group.empty(); group = next_group()) {
    commit(std::move(group));
    writer_.after_group();
  }
}

void CommitQueue::commit(Jobs group, bool alone)
{
  const std::size_t waiting_since_before = count_waiting();
  const auto fatal = [this] { return writer_.fatal(); };
  auto error = fatal();
  if (!error) error = writer_.begin();
  if (!error) {
    if (!alone) {
      const std::lock_guard lock(mutex_);
      take_waiting(group); // those that have come while it waited for its turn
    }
    error = run_and_commit(group);
    if (error && !fatal() && group.size() > 1) {
      for (CommitJob* job : group) // an unknown one failed the group: each runs alone
        commit({job}, true);
      return;
    }
  } else if (!fatal()) {
    fail_waiting(waiting_since_before, *error);
  }
  for (CommitJob* job : group)
    job->error = error;
  complete(group);
}

std::size_t CommitQueue::count_waiting()
{
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

// They have waited for the lock as long as the group that gave up; otherwise each would wait again.
void CommitQueue::fail_waiting(std::size_t count, const base::Error& error)
{
  Jobs failed;
  {
    const std::lock_guard lock(mutex_);
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    failed.assign(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    for (const CommitJob* job : failed)
      waiting_bytes_ -= job->bytes;
  }
  for (CommitJob* job : failed)
    job->error = error;
  complete(failed);
}

std::optional<base::Error> CommitQueue::run_and_commit(const Jobs& group)
{
  try {
    if (options_.before_group) options_.before_group();
    for (CommitJob* job : group)
      job->run();
    if (options_.before_commit) options_.before_commit();
    const auto start = Clock::now();
    writer_.commit();
    tell(group, Clock::now() - start);
    return std::nullopt;
  } catch (const Failure& e) {
    writer_.roll_back();
    return writer_.note(e.error());
  } catch (const base::Failure& e) {
    writer_.roll_back();
    // Whatever else a job throws, a later attempt may succeed.
    const bool fatal = e.error().code == base::Errc::fatal;
    return writer_.note({fatal ? base::Errc::fatal : base::Errc::unavailable, e.what()});
  } catch (const std::exception& e) {
    writer_.roll_back();
    return base::Error{base::Errc::unavailable, e.what()};
  }
}

// The group is on disk: nothing that fails here may run it again.
void CommitQueue::tell(const Jobs& group, std::chrono::nanoseconds commit)
{
  if (!options_.on_group) return;
  try {
    options_.on_group({group.size(), Clock::now() - group.front()->came, commit});
  } catch (const std::exception& e) {
    base::log::error("group_not_told", {{"why", e.what()}});
  }
}

} // namespace postbackd::sql
