#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/delivery.hpp"
#include "model/postback.hpp"
#include "store/delivery_control.hpp"
#include "store/submission_store.hpp"

namespace postbackd::store
{

struct PostbackRecord {
  model::Receipt receipt = 0;
  base::TimePoint received_at;
  base::TimePoint kept_at;
  std::string route;
  std::string remote;
  model::PostbackKind kind = model::PostbackKind::result;
  std::string query_id; // absent texts are empty
  std::string label;
  std::string correlation;
  std::string status;
  std::string content_type;
  std::string content_encoding;
  std::string charset;
  std::int64_t bytes = 0;
  std::string sha256; // lower-case hex
  std::int64_t repeats = 0;
  std::optional<base::TimePoint> repeated_at;
  model::PostbackSource source = model::PostbackSource::http;
  std::string problem;
};

struct AttemptRecord {
  std::int64_t delivery = 0;
  std::string handler;
  int attempt = 0;
  base::TimePoint started_at;
  std::optional<base::TimePoint> finished_at;
  std::optional<model::AttemptOutcome> outcome;
  std::string detail;
};

// The whole story of a query, each part in chronological order. There may be postbacks without a registered
// query.
struct Story {
  std::optional<QueryRecord> query;
  std::vector<PostbackRecord> postbacks;
  std::vector<DeliveryRecord> deliveries;
  std::vector<AttemptRecord> attempts;
};

} // namespace postbackd::store
