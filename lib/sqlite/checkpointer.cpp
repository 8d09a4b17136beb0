#include "sqlite/checkpointer.hpp"

#include <algorithm>
#include <pthread.h>

#include "base/log.hpp"

namespace postbackd::sqlite
{
namespace
{

constexpr int most_tries = 3;

} // namespace

Checkpointer::Checkpointer(const ConnectionOptions& options, const CheckpointPages& limits)
    : limits_(limits), connection_(options, Connection::Mode::existing),
      most_pages_(limits.longest_wal * 10 / 9), checkpoints_(connection_), thread_([this] { work(); })
{
  pthread_setname_np(thread_.native_handle(), "checkpointer");
}

Checkpointer::~Checkpointer()
{
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Checkpointer::committed(int wal_pages, Connection& writer)
{
  std::unique_lock lock(checkpointing_, std::try_to_lock);
  if (!lock) { // a checkpoint is running; the next commit asks again
    if (wal_pages <= most_pages_) return;
    lock.lock(); // the thread has fallen behind: who writes waits for it
  }
  // The WAL was restarted. `looked_at` may exceed our commits, because another program wrote too.
  if (wal_pages < std::max(wal_.pages, wal_.looked_at)) wal_ = {};
  wal_.pages = wal_pages;
  const CheckpointPlan plan = plan_checkpoint(wal_, limits_, Clock::now() - looked_when_);
  most_pages_ = plan.most_pages;
  switch (plan.who) {
  case CheckpointPlan::Who::nobody:
    return;
  case CheckpointPlan::Who::writer:
    lock.unlock();
    checkpoint(writer);
    return;
  case CheckpointPlan::Who::thread:
    wal_.catch_ups += wal_pages > limits_.long_wal;
    want();
  }
}

void Checkpointer::look()
{
  const std::unique_lock lock(checkpointing_, std::try_to_lock);
  if (lock && checkpoints_.wal_index().waiting_pages() >= limits_.small_rest) want();
}

void Checkpointer::want()
{
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  wake_.notify_one();
}

void Checkpointer::work()
{
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return wanted_ || stopping_; });
    if (stopping_) return;
    wanted_ = false;
    lock.unlock();
    checkpoint(connection_);
    lock.lock();
  }
}

base::Result<void> Checkpointer::empty_wal(const std::function<base::Result<void>()>& commit)
{
  // Never with the lock: the writer may wait for it.
  for (int tries = most_tries;; --tries) {
    checkpoint(connection_);
    if (const base::Result<void> committed = commit(); !committed) return committed.error();
    const std::lock_guard lock(checkpointing_);
    base::Result<void> emptied = checkpoints_.truncate(connection_);
    if (emptied || tries == 0) return emptied;
  }
}

// Another program has made the WAL long, maybe while the writer had nothing to do: it shall not wait until
// all of that is moved.
void Checkpointer::allow_for_others()
{
  const WalIndex& index = checkpoints_.wal_index();
  if (index.waiting_pages() > limits_.longest_wal)
    most_pages_ = std::max(most_pages_.load(), index.pages() + limits_.longest_wal);
}

bool Checkpointer::checkpoint(Connection& connection)
{
  const std::lock_guard lock(checkpointing_);
  looked_when_ = Clock::now();
  allow_for_others();
  const auto made = checkpoints_.move(connection);
  if (!made) { // another process does it, or has done it
    wal_.looked_at = wal_.pages;
    if (checkpoints_.wal_index().waiting_pages() == 0) wal_.moved = wal_.pages;
    return false;
  }
  wal_.looked_at = made->pages;
  wal_.moved = made->moved;
  // Hardly anything but a reader makes it grow beyond that.
  if (made->pages > limits_.longest_wal && made->moved < made->pages) warn_of_reader(made->pages);
  if (made->error && warnings_.pass()) base::log::error("checkpoint_failed", {{"why", made->error->message}});
  return true;
}

// Somebody left a read transaction open: the WAL grows until it ends or the disk is full.
void Checkpointer::warn_of_reader(int pages)
{
  const auto reader = checkpoints_.wal_index().find_reader();
  if (!reader || !warnings_.pass()) return;
  base::log::warning("wal_held", {{"reader", *reader},
                                  {"wal_mib", pages / 256},
                                  {"what", "a read transaction is left open; the WAL grows until it ends"}});
}

} // namespace postbackd::sqlite
