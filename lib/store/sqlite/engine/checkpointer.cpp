#include "store/sqlite/engine/checkpointer.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <pthread.h>

#include "base/log.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr int most_catch_ups = 3;
constexpr std::chrono::milliseconds truncating_patience{20};
// How often to look whether a reader that holds a long WAL has gone, if few pages come.
constexpr std::chrono::seconds held_look_period{1};

} // namespace

Checkpointer::Checkpointer(const ConnectionOptions& options, const Pages& pages)
    : pages_(pages), connection_(options, Connection::Mode::existing), wal_index_(connection_),
      most_pages_(pages.longest_wal * 10 / 9), thread_([this] { work(); })
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
  complete_ = false;
  // It has started again; what another program had made of it was looked at, and not committed here.
  if (wal_pages < std::max(wal_pages_, looked_at_)) looked_at_ = moved_ = catch_ups_ = 0;
  wal_pages_ = wal_pages;
  const int rest = wal_pages - moved_;
  const int news = wal_pages - looked_at_;
  const bool is_long = wal_pages > pages_.long_wal;
  // Only another program leaves more than the longest to move: it may get as much again meanwhile. Else less
  // comes with each round than is moved, also on a slow disk.
  const int meanwhile = rest > pages_.longest_wal ? pages_.longest_wal : rest / 8;
  most_pages_ = std::max(pages_.longest_wal * 10 / 9, wal_pages + meanwhile);
  // Commits of large bodies may never leave a small rest: then the writer moves a larger one. What a long
  // reader has left is the thread's.
  const bool too_long =
      wal_pages > pages_.longest_wal && news >= pages_.small_rest &&
      (rest <= pages_.step / 2 || (catch_ups_ >= most_catch_ups && rest <= pages_.longest_wal));
  if (is_long && (rest <= pages_.small_rest || too_long)) {
    lock.unlock();
    checkpoint(writer);
  } else if (news >= (is_long ? pages_.small_rest : pages_.step) ||
             (is_long && Clock::now() - looked_when_ >= held_look_period)) {
    catch_ups_ += is_long;
    want();
  }
}

void Checkpointer::look()
{
  if (wal_index_.waiting_pages() < pages_.small_rest) return;
  const std::unique_lock lock(checkpointing_, std::try_to_lock);
  if (!lock) return;
  complete_ = false; // somebody has committed since
  want();
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

base::Result<void> Checkpointer::empty_wal()
{
  const std::lock_guard lock(checkpointing_);
  sqlite3* handle = connection_.database().getHandle();
  // It takes the write lock first, and keeps it while it waits for readers: so it moves the pages before, and
  // waits for a moment only.
  sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  const auto usual = connection_.be_patient_for(truncating_patience);
  const int code = sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  connection_.be_patient_for(usual);
  complete_ = code == SQLITE_OK;
  if (code == SQLITE_OK) return {};
  const auto reader = wal_index_.find_reader();
  return base::Error{base::Errc::unavailable, std::string("the WAL cannot be emptied: ") +
                                                  sqlite3_errmsg(handle) +
                                                  (reader ? ", held by " + *reader : "")};
}

// PASSIVE waits for nobody: pages that a reader or the writer holds are moved next time.
bool Checkpointer::checkpoint(Connection& connection)
{
  const std::lock_guard lock(checkpointing_);
  if (complete_) return false;
  sqlite3* handle = connection.database().getHandle();
  int pages = 0;
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
  complete_ = code == SQLITE_OK && pages == moved;
  looked_when_ = Clock::now();
  looked_at_ = std::max(pages, 0);
  moved_ = std::max(moved, 0);
  // Hardly anything but a reader makes it grow beyond that.
  if (pages > pages_.longest_wal && moved < pages) warn_of_reader(pages);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
    base::log::error("checkpoint_failed", {{"why", sqlite3_errmsg(handle)}, {"code", code}});
  return true;
}

// Somebody left a read transaction open: the WAL grows until it ends or the disk is full.
void Checkpointer::warn_of_reader(int pages)
{
  const auto reader = wal_index_.find_reader();
  if (!reader || !warnings_.pass()) return;
  base::log::warning("wal_held", {{"reader", *reader},
                                  {"wal_mib", pages / 256},
                                  {"what", "a read transaction is left open; the WAL grows until it ends"}});
}

} // namespace postbackd::store::sqlite
