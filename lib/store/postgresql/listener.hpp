#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "postgresql/database.hpp"

namespace postbackd::store::postgresql
{

// Tells other receivers of this one's commits, and this one of theirs: by NOTIFY on a connection of its own,
// after the commit, so that no transaction that writes takes the server's lock for it. Commits of some
// milliseconds are one notification; a lost connection is tried again, and meanwhile the feed looks by
// itself.
class Listener
{
public:
  // `on_others` is called on the listener's thread.
  Listener(const postbackd::postgresql::ConnectionOptions& options, std::function<void()> on_others);
  ~Listener();

  // A group of this receiver is committed. Never waits.
  void committed();

private:
  void work();
  void turn();
  void wake();

  std::function<void()> on_others_;
  postbackd::postgresql::Database database_;
  std::uint64_t listening_on_ = 0; // Session::number
  std::atomic<bool> has_committed_ = false;
  std::atomic<bool> stopping_ = false;
  int wake_fd_;
  std::thread thread_;
};

} // namespace postbackd::store::postgresql
