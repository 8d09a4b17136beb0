#include "leader.hpp"

#include <algorithm>
#include <pthread.h>
#include <utility>

#include "base/log.hpp"

namespace postbackd
{
namespace
{

constexpr std::chrono::milliseconds look_period{250};

} // namespace

Leader::~Leader() { stop(std::chrono::steady_clock::now()); }

void Leader::start()
{
  thread_ = std::thread([this] { work(); });
  pthread_setname_np(thread_.native_handle(), "leader");
}

void Leader::work()
{
  bool told = false;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const bool leads = try_to_lead();
    if (!leads && !std::exchange(told, true))
      base::log::info("standing_by", {{"what", "another process leads"}});
    const bool lost = has_lost();
    if (lost && on_lost_)
      on_lost_(
          {base::Errc::fatal, "this process has lost a duty that it led: its lease could not be prolonged"});
    lock.lock();
    if (lost) return;
    wake_.wait_for(lock, look_period, [this] { return stopping_; });
  }
}

bool Leader::try_to_lead()
{
  for (Candidate& candidate : candidates_) {
    if (candidate.leads) continue;
    try {
      if (!leadership_.try_lead(candidate.duty)) continue;
      candidate.service.start();
      candidate.leads = true;
      base::log::info("leading", {{"service", candidate.service.name()}});
    } catch (const std::exception& e) {
      base::log::error("leader", {{"service", candidate.service.name()}, {"why", e.what()}});
    }
  }
  return std::all_of(candidates_.begin(), candidates_.end(), [](const Candidate& c) { return c.leads; });
}

bool Leader::has_lost()
{
  return std::any_of(candidates_.begin(), candidates_.end(),
                     [this](const Candidate& c) { return c.leads && !leadership_.leads(c.duty); });
}

void Leader::begin_stop()
{
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  for (const Candidate& candidate : candidates_)
    candidate.service.begin_stop();
}

bool Leader::stop(base::Deadline deadline)
{
  begin_stop();
  if (thread_.joinable()) thread_.join();
  bool ended = true;
  for (const Candidate& candidate : candidates_) {
    const bool stopped = candidate.service.stop(deadline);
    if (!stopped) base::log::error("hangs", {{"service", candidate.service.name()}});
    ended = ended && stopped;
  }
  return ended;
}

} // namespace postbackd
