#include "platform/reconciler.hpp"

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "model/decoder.hpp"
#include "text/time.hpp"

namespace postbackd::platform
{
namespace
{

using Outcome = store::RecoveryReport::Outcome;

constexpr std::chrono::seconds clock_difference{30}; // between the platform's clock and ours
constexpr int most_pages = 100;
constexpr int looks_before_asking_again = 2; // the log may lag behind

// Names of datasets, whatever stands between them.
std::string squeezed(std::string_view names)
{
  std::string result;
  for (const char c : names)
    if (c != ' ') result += base::lower(c);
  return result;
}

bool may_be(const LogRecord& record, const store::Recovery& recovery, base::TimePoint earliest)
{
  return !record.query_id.empty() && base::equal_ignoring_case(record.api, recovery.api) &&
         squeezed(record.datasets) == squeezed(recovery.datasets) && record.asked_at &&
         *record.asked_at >= earliest;
}

base::Error nothing(const char* why) { return {base::Errc::not_found, why}; }

} // namespace

Reconciler::Reconciler(const PlatformClient& client, store::QuestionStore& store, base::Spool& spool,
                       const base::Clock& clock, Options options)
    : client_(client), store_(store), spool_(spool), clock_(clock), options_(std::move(options))
{
}

store::RecoveryReport Reconciler::recover(const store::Recovery& recovery, const std::stop_token& stop) const
{
  try {
    base::Result<LogRecord> record =
        recovery.query_id.empty() ? find_by_q(recovery, stop) : find(recovery, stop);
    if (!record) return not_found(recovery, record.error());
    const std::string query_id = record->query_id;
    if (const std::string why = keep(recovery, std::move(*record)); !why.empty())
      return not_found(recovery, {base::Errc::unavailable, why});
    base::log::info("recovered", {{"query_id", query_id}});
    return {.query = recovery.query, .outcome = Outcome::found};
  } catch (const std::exception& e) {
    return not_found(recovery, {base::Errc::unavailable, e.what()});
  }
}

base::Result<LogRecord> Reconciler::find(const store::Recovery& recovery, const std::stop_token& stop) const
{
  const auto metadata = client_.metadata(recovery.query_id, stop);
  if (!metadata && metadata.error().code == base::Errc::unavailable) return metadata.error();
  if (metadata && metadata->is_under_way())
    return base::Error{base::Errc::unavailable, "the platform still works on it: " + metadata->status};
  const auto page = client_.log_of_query(recovery.query_id, stop);
  if (!page) return page.error();
  for (const LogRecord& record : page->records)
    if (base::equal_ignoring_case(record.query_id, recovery.query_id)) return record;
  return nothing("the platform's log has no record of its QueryId");
}

base::Result<LogRecord> Reconciler::find_by_q(const store::Recovery& recovery,
                                              const std::stop_token& stop) const
{
  const auto submitted_at = text::parse_time(recovery.submitted_at);
  if (recovery.q.empty() || !submitted_at)
    return nothing("it has no QueryId, and we did not ask it ourselves");
  std::string cursor;
  for (int i = 0; i < most_pages; ++i) {
    const auto page = client_.log_of_q(recovery.q, cursor, stop);
    if (!page) return page.error();
    for (const LogRecord& record : page->records)
      if (may_be(record, recovery, *submitted_at - clock_difference) &&
          store_.adopt(recovery.correlation, record.query_id))
        return record;
    if (page->cursor.empty() || page->cursor == cursor) break;
    cursor = page->cursor;
  }
  return nothing("the platform's log has no record of this question that is not another query's");
}

std::string Reconciler::keep(const store::Recovery& recovery, LogRecord record) const
{
  model::Postback postback;
  postback.received_at = clock_.now();
  postback.route = recovery.route;
  postback.remote = client_.base_url();
  if (!recovery.correlation.empty()) postback.correlation = recovery.correlation;
  postback.content_type = "application/json; charset=utf-8";
  postback.source = model::Source::log;
  postback.raw = base::Blob(spool_);
  postback.raw.append(record.document);
  record.document.clear();
  postback.sha256 = postback.raw.sha256();
  postback.envelope = model::decode({postback.raw, postback.content_type, ""}, {});
  if (postback.envelope.content != model::Content::result)
    return fmt::format("the log's record is no result: {} {}", model::to_text(postback.envelope.content),
                       postback.envelope.problem);
  const auto kept = options_.keep(postback);
  return kept ? "" : kept.error().message;
}

store::RecoveryReport Reconciler::not_found(const store::Recovery& recovery, const base::Error& error) const
{
  store::RecoveryReport report{.query = recovery.query, .outcome = Outcome::later, .error = error.message};
  report.next_attempt_at = clock_.now() + options_.retry.delay(recovery.attempt, options_.jitter());
  const bool can_ask_again = options_.ask_again && !recovery.asked_again && recovery.query_id.empty() &&
                             error.code == base::Errc::not_found && !recovery.q.empty();
  if (can_ask_again && recovery.attempt >= looks_before_asking_again)
    report.outcome = Outcome::ask_again;
  else if (recovery.attempt >= options_.retry.attempts)
    report.outcome = Outcome::lost;
  if (report.outcome == Outcome::lost)
    base::log::error("lost", {{"query_id", recovery.query_id},
                              {"correlation", recovery.correlation},
                              {"looks", recovery.attempt},
                              {"why", error.message}});
  return report;
}

} // namespace postbackd::platform
