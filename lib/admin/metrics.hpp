#pragma once

#include <functional>
#include <memory>
#include <string>

#include "admin/history.hpp"
#include "admin/status.hpp"
#include "model/delivery.hpp"
#include "model/postback.hpp"
#include "store/delivery_store.hpp"
#include "store/postback_store.hpp"

namespace postbackd::admin
{

// A figure that is read when the metrics are requested.
struct Sample {
  std::string name;
  std::string help;
  bool is_counter;
  std::string label; // the name of its label, if any
  std::string label_value;
  double value;
};

// Counts events as they happen. Thread-safe.
class Metrics
{
public:
  Metrics();
  ~Metrics();

  void count_group(const store::CommitGroup& group);
  void count_attempt(const std::string& handler, const store::DeliveryReport& report,
                     std::chrono::nanoseconds took);
  void count_served_submission();
  // Returns a function that counts the postbacks of a route.
  std::function<void(const model::Kept&)> route(const std::string& path);

  // Returns the postbacks kept since the start: `KIND ROUTE`.
  std::vector<Count> received() const;

  // Returns what has been counted since the start; the refusals are counted elsewhere.
  History::Totals totals() const;
  // Returns the longest time that a group waited for its commit since the last call.
  std::chrono::nanoseconds take_slowest_commit();

  // Returns Prometheus text, version 0.0.4: the counters and the samples. Samples of one name must be
  // adjacent.
  std::string text(const std::vector<Sample>& samples) const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace postbackd::admin
