#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "base/service.hpp"
#include "store/leadership.hpp"

namespace postbackd
{

// Starts services once this process leads their duty; until then another process of the store does their
// work. A process that has lost a duty must end, before another one begins: what its services have under way
// is over with it.
class Leader final : public base::Service
{
public:
  // The leadership must outlive it. `on_lost` is called once, on the leader's thread, with the reason.
  using OnLost = std::function<void(const base::Error&)>;
  explicit Leader(store::Leadership& leadership, OnLost on_lost = {})
      : leadership_(leadership), on_lost_(std::move(on_lost))
  {
  }
  ~Leader() override;

  // Must be called before start(). The service must outlive the leader.
  void add(store::Duty duty, base::Service& service) { candidates_.push_back({duty, service, false}); }

  std::string_view name() const override { return "leader"; }
  void start() override;
  void begin_stop() override;
  bool stop(base::Deadline deadline) override;

private:
  struct Candidate {
    store::Duty duty;
    base::Service& service;
    bool leads;
  };

  void work();
  // Returns whether this process leads all its duties.
  bool try_to_lead();
  // Returns whether it has lost one.
  bool has_lost();

  store::Leadership& leadership_;
  OnLost on_lost_;
  std::vector<Candidate> candidates_; // belongs to the thread until it is joined
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace postbackd
