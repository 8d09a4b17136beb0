#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/service.hpp"
#include "store/leadership.hpp"

namespace postbackd
{

// Starts services once this process leads their duty; until then another process of the store does their
// work.
class Leader final : public base::Service
{
public:
  // The leadership must outlive it.
  explicit Leader(store::Leadership& leadership) : leadership_(leadership) {}
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

  store::Leadership& leadership_;
  std::vector<Candidate> candidates_; // belongs to the thread until it is joined
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace postbackd
