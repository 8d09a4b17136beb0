#include "sqlite/commit_queue.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sqlite3.h>

#include <future>
#include <pthread.h>

#include "base/log.hpp"

namespace postbackd::sqlite
{
namespace
{

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// Bounds how long a group's first job waits for its last.
constexpr std::size_t largest_group = 512;
// How often to look whether the store's files are in their place while there is nothing to write.
constexpr std::chrono::seconds look_period{1};

} // namespace

CommitQueue::CommitQueue(Connection& connection, Options options)
    : connection_(connection), wal_index_(connection), options_(std::move(options))
{
  const auto count_pages = [](void* self, sqlite3*, const char*, int pages) {
    static_cast<CommitQueue*>(self)->wal_pages_ = pages;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection_.database().getHandle(), count_pages, this);
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
    look_at_files();
    if (options_.while_idle) options_.while_idle();
    lock.lock();
  }
  Jobs group;
  if (waiting_.size() <= largest_group) {
    group.swap(waiting_);
  } else {
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(largest_group);
    group.assign(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
  }
  for (const CommitJob* job : group)
    waiting_bytes_ -= job->bytes;
  return group;
}

void CommitQueue::work()
{
  for (Jobs group = next_group(); !group.empty(); group = next_group()) {
    wal_pages_ = 0; // set by a commit that has written
    commit(group);
    complete(group);
    if (options_.after_commit && wal_pages_ > 0) options_.after_commit(wal_pages_);
  }
}

void CommitQueue::commit(const Jobs& group)
{
  const std::size_t waiting_since_before = count_waiting();
  const auto fatal = [this] { return connection_.failures().fatal(); };
  auto error = fatal();
  if (!error) error = begin();
  if (!error) {
    error = run_and_commit(group);
    if (error && !fatal() && group.size() > 1) {
      for (CommitJob* job : group) // an unknown one failed the group: each runs alone
        commit({job});
      return;
    }
  } else if (!fatal()) {
    fail_waiting(waiting_since_before, *error);
  }
  for (CommitJob* job : group)
    job->error = error;
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

void CommitQueue::look_at_files()
{
  Failures& failures = connection_.failures();
  if (failures.fatal()) return;
  try {
    connection_.files().check();
    if (const auto cut = wal_index_.find_cut_file()) failures.note({base::Errc::fatal, *cut});
  } catch (const base::Failure& e) {
    failures.note(e.error());
  }
}

// Waits for another program's lock, up to the connection's busy timeout.
std::optional<base::Error> CommitQueue::begin()
{
  try {
    connection_.database().exec("BEGIN IMMEDIATE");
    return std::nullopt;
  } catch (const SQLite::Exception& e) {
    base::Error error = to_error(e);
    if (const auto writer = wal_index_.find_writer()) error.message += ", held by " + *writer;
    return connection_.failures().note(std::move(error));
  }
}

std::optional<base::Error> CommitQueue::run_and_commit(const Jobs& group)
{
  try {
    if (options_.before_group) options_.before_group();
    for (CommitJob* job : group)
      job->run();
    if (options_.before_commit) options_.before_commit();
    const auto start = Clock::now();
    connection_.database().exec("COMMIT");
    connection_.files().check(); // before anybody is told that it is kept
    tell(group, Clock::now() - start);
    return std::nullopt;
  } catch (const SQLite::Exception& e) {
    roll_back();
    return connection_.failures().note(to_error(e));
  } catch (const base::Failure& e) {
    roll_back();
    // Whatever else a job throws, a later attempt may succeed.
    const bool fatal = e.error().code == base::Errc::fatal;
    return connection_.failures().note({fatal ? base::Errc::fatal : base::Errc::unavailable, e.what()});
  } catch (const std::exception& e) {
    roll_back();
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

void CommitQueue::roll_back() noexcept
{
  sqlite3* handle = connection_.database().getHandle();
  if (!sqlite3_get_autocommit(handle)) sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
}

} // namespace postbackd::sqlite
