#include "store/sqlite/checkpointer.hpp"

#include <sqlite3.h>

#include <pthread.h>

#include "base/log.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// PASSIVE waits for nobody: what a reader or the writer holds is moved next time.
void checkpoint(Connection& connection)
{
  sqlite3* handle = connection.database().getHandle();
  const int code = sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
    base::log::error("checkpoint_failed", {{"why", sqlite3_errmsg(handle)}, {"code", code}});
}

} // namespace

Checkpointer::Checkpointer(const ConnectionOptions& options)
    : connection_(options, Connection::Mode::existing), thread_([this] { work(); })
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

void Checkpointer::wal_has(int pages)
{
  if (pages < worthwhile_pages) return;
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

void finish_checkpoint(Connection& writer) { checkpoint(writer); }

} // namespace postbackd::store::sqlite
