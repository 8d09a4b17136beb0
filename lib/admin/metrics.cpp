#include "admin/metrics.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace postbackd::admin
{
namespace
{

using prometheus::Histogram;

// From a commit on a memory disk (0.1 ms) to one that waited for another program's lock (10 s).
const Histogram::BucketBoundaries commit_seconds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                 0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
const Histogram::BucketBoundaries handling_seconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                   0.5,   1,      2.5,   5,    10,    30,   60,  300};
const Histogram::BucketBoundaries group_sizes{1, 2, 4, 8, 16, 32, 64, 128, 256, 512};

double to_seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

} // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  Histogram& commit = histogram(
      "postbackd_commit_seconds",
      "From the arrival of a group's first postback at the writer until it was on disk", commit_seconds);
  Histogram& sync = histogram("postbackd_sync_seconds",
                              "COMMIT of a group, which ends with the sync of the WAL", commit_seconds);
  Histogram& group = histogram("postbackd_group_size", "Jobs that were committed together", group_sizes);
  prometheus::Family<prometheus::Counter>& postbacks =
      prometheus::BuildCounter()
          .Name("postbackd_postbacks_total")
          .Help("Postbacks kept, by route and kind; a repeat of a kept one has the kind repeat")
          .Register(registry);

  prometheus::Family<prometheus::Counter>& attempts = prometheus::BuildCounter()
                                                          .Name("postbackd_attempts_total")
                                                          .Help("Delivery attempts, by handler and outcome")
                                                          .Register(registry);
  prometheus::Family<prometheus::Counter>& dead = prometheus::BuildCounter()
                                                      .Name("postbackd_deliveries_dead_total")
                                                      .Help("Deliveries given up since the start, by handler")
                                                      .Register(registry);
  prometheus::Family<Histogram>& handling = prometheus::BuildHistogram()
                                                .Name("postbackd_handler_seconds")
                                                .Help("Duration of a handler's attempt")
                                                .Register(registry);

  prometheus::Counter& served =
      prometheus::BuildCounter()
          .Name("postbackd_submissions_served_total")
          .Help("Submissions that an equal one answered (max_age): they were not sent")
          .Register(registry)
          .Add({});

  std::atomic<std::chrono::nanoseconds::rep> slowest_commit = 0;

  Histogram& histogram(const char* name, const char* help, const Histogram::BucketBoundaries& buckets)
  {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, buckets);
  }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::count_group(const store::CommitGroup& group)
{
  impl_->commit.Observe(to_seconds(group.waited));
  impl_->sync.Observe(to_seconds(group.commit));
  impl_->group.Observe(static_cast<double>(group.jobs));
  auto slowest = impl_->slowest_commit.load();
  while (slowest < group.waited.count() &&
         !impl_->slowest_commit.compare_exchange_weak(slowest, group.waited.count())) {
  }
}

void Metrics::count_attempt(const std::string& handler, const store::DeliveryReport& report,
                            std::chrono::nanoseconds took)
{
  const std::string outcome(model::to_text(report.outcome));
  impl_->attempts.Add({{"handler", handler}, {"outcome", outcome}}).Increment();
  impl_->dead.Add({{"handler", handler}}).Increment(report.state == model::DeliveryState::dead ? 1 : 0);
  impl_->handling.Add({{"handler", handler}}, handling_seconds).Observe(to_seconds(took));
}

void Metrics::count_served_submission() { impl_->served.Increment(); }

std::function<void(const model::Kept&)> Metrics::route(const std::string& path)
{
  using model::PostbackKind;
  std::array<prometheus::Counter*, 5> kinds{};
  for (const PostbackKind kind : {PostbackKind::result, PostbackKind::notice, PostbackKind::extra,
                                  PostbackKind::unmatched, PostbackKind::undecodable})
    kinds.at(static_cast<std::size_t>(kind)) =
        &impl_->postbacks.Add({{"route", path}, {"kind", std::string(model::to_text(kind))}});
  prometheus::Counter* repeats = &impl_->postbacks.Add({{"route", path}, {"kind", "repeat"}});
  return [kinds, repeats](const model::Kept& kept) {
    (kept.repeat ? repeats : kinds.at(static_cast<std::size_t>(kept.kind)))->Increment();
  };
}

std::vector<Count> Metrics::received() const
{
  std::vector<Count> counts;
  for (const prometheus::MetricFamily& family : impl_->postbacks.Collect())
    for (const prometheus::ClientMetric& metric : family.metric) {
      std::string what; // its labels are sorted: kind, route
      for (const auto& label : metric.label)
        what += (what.empty() ? "" : " ") + label.value;
      counts.push_back({what, static_cast<std::uint64_t>(metric.counter.value)});
    }
  return counts;
}

History::Totals Metrics::totals() const
{
  History::Totals totals;
  for (const Count& count : received())
    (count.what.starts_with("repeat ") ? totals.repeats : totals.received) += count.count;
  const std::string done(model::to_text(model::AttemptOutcome::done));
  for (const prometheus::MetricFamily& family : impl_->attempts.Collect())
    for (const prometheus::ClientMetric& metric : family.metric) {
      const bool is_done = std::any_of(metric.label.begin(), metric.label.end(), [&](const auto& label) {
        return label.value == done && label.name == "outcome";
      });
      (is_done ? totals.delivered : totals.failed) += static_cast<std::uint64_t>(metric.counter.value);
    }
  return totals;
}

std::chrono::nanoseconds Metrics::take_slowest_commit()
{
  return std::chrono::nanoseconds(impl_->slowest_commit.exchange(0));
}

std::string Metrics::text(const std::vector<Sample>& samples) const
{
  std::vector<prometheus::MetricFamily> families = impl_->registry.Collect();
  for (const Sample& sample : samples) {
    if (families.empty() || families.back().name != sample.name)
      families.push_back({sample.name,
                          sample.help,
                          sample.is_counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge,
                          {}});
    prometheus::ClientMetric metric;
    if (!sample.label.empty()) metric.label.push_back({sample.label, sample.label_value});
    (sample.is_counter ? metric.counter.value : metric.gauge.value) = sample.value;
    families.back().metric.push_back(metric);
  }
  return prometheus::TextSerializer().Serialize(families);
}

} // namespace postbackd::admin
