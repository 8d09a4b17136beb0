#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "postgresql/database.hpp"
#include "store/leadership.hpp"

namespace postbackd::store::postgresql
{

// Leadership by rows that say until when a process leads, by the clock of the server. A thread prolongs those
// of this process; leads() is false before anybody else can lead. Everybody delivers: each process says that
// it lives, and what a dead one was delivering becomes due again.
class Leases final : public Leadership
{
public:
  Leases(const postbackd::postgresql::ConnectionOptions& options, std::string process,
         std::chrono::milliseconds lease);
  ~Leases() override;

  bool try_lead(Duty duty) override;
  bool leads(Duty duty) override;
  // Throws base::Failure unless this process leads the duty, inside the writer's transaction.
  void require(sql::Database& writer, Duty duty);

private:
  using Clock = std::chrono::steady_clock;
  struct Lease {
    std::int64_t epoch = 0;
    Clock::time_point until{}; // by our clock, from before the server was asked
  };

  void work();
  void prolong();
  void say_alive();
  void release_dead();
  std::optional<std::int64_t> take(Duty duty);
  bool is_ours(Duty duty) const; // with mutex_

  std::chrono::milliseconds lease_;
  std::string holder_;
  mutable std::mutex mutex_; // guards the leases
  std::map<Duty, Lease> leases_;
  std::mutex connection_mutex_;
  postbackd::postgresql::Database database_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

std::string_view name_of(Duty duty);

} // namespace postbackd::store::postgresql
