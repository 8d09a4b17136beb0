#include "store/postgresql/leases.hpp"

#include <algorithm>
#include <pthread.h>

#include "base/clock.hpp"
#include "base/host_name.hpp"
#include "base/log.hpp"
#include "sql/statement.hpp"
#include "store/tables/deliveries/interrupted.hpp"
#include "text/time.hpp"

namespace postbackd::store::postgresql
{
namespace
{

// A lease is prolonged so often before it ends; it counts for us this part of its time only, so that a slow
// clock or a slow answer gives nobody two leaders.
constexpr int prolongations = 4;
constexpr double own_part = 0.75;
constexpr std::chrono::milliseconds longest_wait{500}; // for a lock

constexpr auto take_sql = R"(
  INSERT INTO leases (duty, holder, epoch, until)
  VALUES (?1, ?2, 1, clock_timestamp() + make_interval(secs => ?3::bigint / 1000.0))
  ON CONFLICT (duty) DO UPDATE
     SET holder = excluded.holder, until = excluded.until,
         epoch = leases.epoch + CASE WHEN leases.holder = excluded.holder THEN 0 ELSE 1 END
   WHERE leases.holder = excluded.holder OR leases.until < clock_timestamp()
  RETURNING epoch)";
// A leader that has lost its duty takes no lease again under its old epoch.
constexpr auto prolong_sql = R"(
  UPDATE leases SET until = clock_timestamp() + make_interval(secs => ?3::bigint / 1000.0)
   WHERE duty = ?1 AND holder = ?2 AND epoch = ?4)";
constexpr auto give_up_sql = "UPDATE leases SET until = clock_timestamp() WHERE holder = ?1";
// FOR SHARE: the lease is neither prolonged nor taken until the transaction has ended.
constexpr auto require_sql = R"(
  SELECT holder = ?2 AND epoch = ?3, until < clock_timestamp() FROM leases WHERE duty = ?1 FOR SHARE)";

constexpr Duty duties[] = {Duty::ask, Duty::keep}; // one process leads

constexpr auto alive_sql = R"(
  INSERT INTO processes (name, host, until) VALUES (?1, ?2, clock_timestamp() + make_interval(secs => ?3::bigint / 1000.0))
  ON CONFLICT (name) DO UPDATE SET until = excluded.until)";
constexpr auto has_dead_sql = R"(
  SELECT 1 FROM deliveries d WHERE d.state = 'running'
     AND NOT EXISTS (SELECT 1 FROM processes p WHERE p.name = split_part(d.claimed_by, '/', 1) AND p.until > clock_timestamp())
   LIMIT 1)";
constexpr const char* forget_sql[] = {
    "DELETE FROM processes WHERE until < clock_timestamp() - interval '1 day'",
    "DELETE FROM writers WHERE at < clock_timestamp() - interval '1 day'"};
constexpr auto ended_sql = "UPDATE processes SET until = clock_timestamp() WHERE name = ?1";

// Whoever waits for somebody else's lock prolongs no lease meanwhile.
postbackd::postgresql::ConnectionOptions impatient(postbackd::postgresql::ConnectionOptions options)
{
  options.lock_timeout = std::min(options.lock_timeout, longest_wait);
  return options;
}

} // namespace

std::string_view name_of(Duty duty)
{
  return duty == Duty::deliver ? "deliver" : duty == Duty::ask ? "ask" : "keep";
}

Leases::Leases(const postbackd::postgresql::ConnectionOptions& options, std::string process,
               std::chrono::milliseconds lease)
    : lease_(lease), holder_(std::move(process)), database_(impatient(options))
{
  for (const char* sql : forget_sql) // each start makes rows of a new name
    database_.exec(sql);
  say_alive();
  thread_ = std::thread([this] { work(); });
  pthread_setname_np(thread_.native_handle(), "leases");
}

Leases::~Leases()
{
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  try {
    for (const char* sql : {give_up_sql, ended_sql}) { // another process need not wait
      sql::Statement give_up(database_, sql);
      sql::bind_text(give_up, 1, holder_);
      give_up.exec();
    }
  } catch (const base::Failure&) { // it waits
  }
}

bool Leases::is_ours(Duty duty) const
{
  const auto found = leases_.find(duty);
  return found != leases_.end() && Clock::now() < found->second.until;
}

bool Leases::leads(Duty duty)
{
  if (duty == Duty::deliver) return true;
  const std::lock_guard lock(mutex_);
  return is_ours(duty);
}

bool Leases::try_lead(Duty duty)
{
  if (leads(duty)) return true;
  const auto asked = Clock::now();
  const auto epoch = take(duty);
  if (!epoch) return false;
  const std::lock_guard lock(mutex_);
  leases_[duty] = {*epoch, asked + std::chrono::duration_cast<Clock::duration>(lease_ * own_part)};
  return true;
}

std::optional<std::int64_t> Leases::take(Duty duty)
{
  const std::lock_guard lock(connection_mutex_);
  database_.renew();
  sql::Statement take(database_, take_sql);
  sql::bind_text(take, 1, name_of(duty));
  sql::bind_text(take, 2, holder_);
  take.bind(3, static_cast<std::int64_t>(lease_.count()));
  if (!take.step()) return std::nullopt;
  return take.column(0).int64();
}

void Leases::work()
{
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, lease_ / prolongations, [this] { return stopping_; })) {
    lock.unlock();
    try {
      prolong();
      say_alive();
      release_dead();
    } catch (const base::Failure& e) {
      base::log::warning("lease_not_prolonged", {{"why", e.what()}});
    }
    lock.lock();
  }
}

void Leases::say_alive()
{
  const std::lock_guard lock(connection_mutex_);
  database_.renew();
  sql::Statement alive(database_, alive_sql);
  sql::bind_text(alive, 1, holder_);
  alive.bind(2, base::host_name());
  alive.bind(3, static_cast<std::int64_t>(lease_.count()));
  alive.exec();
}

void Leases::release_dead()
{
  const std::lock_guard lock(connection_mutex_);
  sql::Statement find(database_, has_dead_sql);
  if (!find.step()) return;
  const std::string now = text::format_time(base::SystemClock().now());
  const auto released =
      in_transaction(database_, [&] { return tables::release_interrupted(database_, "", now); });
  base::log::warning("deliveries_of_dead", {{"released", released}});
}

void Leases::prolong()
{
  for (const Duty duty : duties) {
    Lease lease;
    {
      const std::lock_guard lock(mutex_);
      if (!is_ours(duty)) continue;
      lease = leases_[duty];
    }
    const auto asked = Clock::now();
    bool done = false;
    {
      const std::lock_guard lock(connection_mutex_);
      database_.renew();
      sql::Statement prolong(database_, prolong_sql);
      sql::bind_text(prolong, 1, name_of(duty));
      sql::bind_text(prolong, 2, holder_);
      prolong.bind(3, static_cast<std::int64_t>(lease_.count()));
      prolong.bind(4, lease.epoch);
      done = prolong.exec() == 1;
    }
    const std::lock_guard lock(mutex_);
    leases_[duty].until =
        done ? asked + std::chrono::duration_cast<Clock::duration>(lease_ * own_part) : Clock::time_point{};
  }
}

void Leases::require(sql::Database& writer, Duty duty)
{
  if (duty == Duty::deliver) return;
  std::int64_t epoch = 0;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = leases_.find(duty); found != leases_.end()) epoch = found->second.epoch;
  }
  sql::Statement find(writer, require_sql);
  sql::bind_text(find, 1, name_of(duty));
  sql::bind_text(find, 2, holder_);
  find.bind(3, epoch);
  if (!find.step()) return; // nobody has ever led it
  const bool ours = find.column(0).int32() != 0;
  const bool over = find.column(1).int32() != 0;
  if (ours ? over : !over || epoch != 0)
    throw base::Failure(base::Errc::unavailable, "another process leads this duty, or has led it since");
}

} // namespace postbackd::store::postgresql
