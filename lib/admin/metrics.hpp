#pragma once

#include <functional>
#include <memory>
#include <string>

#include "model/delivery.hpp"
#include "model/postback.hpp"
#include "store/postback_store.hpp"

namespace postbackd::admin
{

// A figure that is asked for when the metrics are.
struct Sample {
  std::string name;
  std::string help;
  bool is_counter;
  std::string label; // the name of its label; none: no label
  std::string label_value;
  double value;
};

// What happens, counted as it happens. Thread-safe.
class Metrics
{
public:
  Metrics();
  ~Metrics();

  void count_group(const store::CommitGroup& group);
  void count_attempt(const std::string& handler, model::AttemptOutcome outcome,
                     std::chrono::nanoseconds took);
  // Counts the postbacks of a route.
  std::function<void(const model::Kept&)> route(const std::string& path);

  // Prometheus text, version 0.0.4: what was counted, and the samples; those of one name stand together.
  std::string text(const std::vector<Sample>& samples) const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace postbackd::admin
