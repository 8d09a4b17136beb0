#include "platform/reconciler.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "base/sleep.hpp"
#include "model/decoder.hpp"
#include "model/trace_context.hpp"
#include "text/time.hpp"

namespace postbackd::platform
{
namespace
{

using Outcome = store::RecoveryReport::Outcome;

constexpr std::chrono::seconds clock_difference{30}; // between the platform's clock and ours
constexpr int most_pages = 100;
constexpr int searches_before_resubmitting = 2; // the log may lag behind

// Returns the names of datasets, whatever their order, case and spaces.
std::vector<std::string> names_of(std::string_view text)
{
  std::vector<std::string> names(1);
  for (const char c : text) {
    if (c == ',')
      names.emplace_back();
    else if (c != ' ')
      names.back() += base::lower(c);
  }
  std::sort(names.begin(), names.end());
  return names;
}

constexpr auto ambiguous_record =
    "the platform's log has a record that may be of this submission, or of one with other parameters";

base::Error nothing(const char* why) { return {base::Errc::not_found, why}; }
base::Error not_now(const char* why) { return {base::Errc::unavailable, why}; }

} // namespace

Reconciler::Reconciler(const PlatformClient& client, store::Store& store, base::Spool& spool,
                       const base::Clock& clock, Options options)
    : client_(client), store_(store), spool_(spool), clock_(clock), options_(std::move(options))
{
}

store::RecoveryReport Reconciler::recover(const store::Recovery& recovery, const std::stop_token& stop) const
{
  try {
    base::Result<std::string> query_id = recovery.query_id;
    if (recovery.query_id.empty()) query_id = find_by_q(recovery, stop);
    if (!query_id) return not_found(recovery, query_id.error());
    base::Result<LogRecord> record = find(*query_id, stop);
    if (!record) return not_found(recovery, record.error());
    if (const auto kept = keep(recovery, std::move(*record)); !kept) return not_found(recovery, kept.error());
    base::log::info("recovered",
                    {{"query_id", *query_id},
                     base::log::Field::if_known("trace_id", model::trace_id_of(recovery.trace))});
    return {.query = recovery.query, .outcome = Outcome::found};
  } catch (const std::exception& e) {
    return not_found(recovery, {base::Errc::unavailable, e.what()});
  }
}

base::Result<LogRecord> Reconciler::find(const std::string& query_id, const std::stop_token& stop) const
{
  // An error here does not prevent the search of the log.
  const auto metadata = client_.metadata(query_id, stop);
  if (metadata && metadata->is_under_way()) return not_now("the platform is still working on it");
  const auto page = client_.log_of_query(query_id, stop);
  if (!page) return page.error();
  for (const LogRecord& record : page->records) {
    if (!base::equal_ignoring_case(record.query_id, query_id)) continue;
    if (record.document.empty()) return not_now("the platform's log has no result for it yet");
    return record;
  }
  return nothing("the platform's log has no record of its QueryId");
}

// Tries the oldest first: of several equal submissions, the first one sent has the first record.
base::Result<std::string> Reconciler::find_by_q(const store::Recovery& recovery,
                                                const std::stop_token& stop) const
{
  if (recovery.q.empty() || !recovery.submitted_at)
    return nothing("it has no QueryId, and postbackd did not submit it");
  auto candidates = candidates_of(recovery, *recovery.submitted_at - clock_difference, stop);
  if (!candidates) return candidates.error();
  std::erase_if(*candidates, [this](const LogRecord& record) {
    return store_.queries()
        .find(model::QueryId{record.query_id}, {.client = {}, .sees_all = true})
        .has_value();
  });
  // A query that is under way: its postback will show whose it is.
  for (const LogRecord& record : *candidates)
    if (const auto metadata = client_.metadata(record.query_id, stop); metadata && metadata->is_under_way())
      return not_now("the platform is still working on an equal submission");
  bool disputed = false;
  bool ambiguous = false;
  for (const LogRecord& record : *candidates) {
    const store::Adoption adoption =
        store_.submissions().adopt(recovery.correlation, record.query_id, *record.submitted_at, clock_.now());
    if (adoption == store::Adoption::adopted) return record.query_id;
    disputed = disputed || adoption == store::Adoption::disputed;
    ambiguous = ambiguous || adoption == store::Adoption::ambiguous;
  }
  if (ambiguous) return base::Error{base::Errc::not_found, ambiguous_record};
  if (disputed)
    return not_now("its record may belong to another submission that also waits for its acknowledgement");
  return nothing("the platform's log has no record of this submission, except those of other queries");
}

base::Result<std::vector<LogRecord>> Reconciler::candidates_of(const store::Recovery& recovery,
                                                               base::TimePoint earliest,
                                                               const std::stop_token& stop) const
{
  std::vector<LogRecord> candidates;
  std::string cursor;
  for (int i = 0; i < most_pages; ++i) {
    if (i > 0) base::sleep_for(options_.page_pause, stop);
    const auto page = client_.log_of_q(recovery.q, cursor, stop);
    if (!page) return page.error();
    for (const LogRecord& record : page->records) {
      if (!base::equal_ignoring_case(record.api, recovery.api) ||
          names_of(record.datasets) != names_of(recovery.datasets))
        continue;
      if (record.query_id.empty() || !record.submitted_at)
        return not_now("the platform's log has a record of this submission without a QueryId or a date");
      if (*record.submitted_at >= earliest) candidates.push_back(record);
    }
    if (!page->cursor.empty() && page->cursor != cursor) {
      cursor = page->cursor;
      continue;
    }
    std::sort(candidates.begin(), candidates.end(),
              [](const LogRecord& a, const LogRecord& b) { return *a.submitted_at < *b.submitted_at; });
    return candidates;
  }
  return not_now("the platform's log has too many records of this submission");
}

base::Result<void> Reconciler::keep(const store::Recovery& recovery, LogRecord record) const
{
  model::Postback postback;
  postback.received_at = clock_.now();
  postback.route = recovery.route.empty() ? options_.route : recovery.route;
  postback.remote = client_.base_url();
  if (!recovery.correlation.empty()) postback.correlation = recovery.correlation;
  postback.content_type = "application/json; charset=utf-8";
  postback.source = model::PostbackSource::log;
  postback.raw = base::Blob(spool_);
  postback.raw.append(record.document);
  record.document.clear();
  postback.sha256 = postback.raw.sha256();
  postback.envelope = model::decode({postback.raw, postback.content_type, ""}, {});
  // The log was read, and has no answer.
  const auto no_answer = [](std::string why) { return base::Error{base::Errc::not_found, std::move(why)}; };
  if (postback.envelope.content != model::Content::result)
    return no_answer(fmt::format("the log's record is not a result: {} {}",
                                 model::to_text(postback.envelope.content), postback.envelope.problem));
  const auto kept = options_.keep(postback);
  if (!kept) return base::Error{base::Errc::unavailable, kept.error().message};
  if (kept->kind != model::PostbackKind::result && kept->kind != model::PostbackKind::extra)
    return no_answer(
        fmt::format("the log's record was kept as {}, not as a result", model::to_text(kept->kind)));
  return {};
}

store::RecoveryReport Reconciler::not_found(const store::Recovery& recovery, const base::Error& error) const
{
  store::RecoveryReport report{.query = recovery.query, .outcome = Outcome::later, .error = error.message};
  report.next_attempt_at = clock_.now() + options_.retry.delay(recovery.attempt, options_.jitter());
  // Only a log that was read completely proves that there is no result.
  report.counts = error.code == base::Errc::not_found;
  if (!report.counts) return report;
  const bool can_resubmit = (options_.resubmit || recovery.recover) && !recovery.resubmitted &&
                            recovery.query_id.empty() && !recovery.q.empty() &&
                            error.message != ambiguous_record; // it may have been paid for
  if (can_resubmit && recovery.attempt >= searches_before_resubmitting)
    report.outcome = Outcome::resubmit;
  else if (recovery.attempt >= options_.retry.attempts)
    report.outcome = Outcome::lost;
  if (report.outcome == Outcome::lost)
    base::log::error("lost", {{"query_id", recovery.query_id},
                              {"correlation", recovery.correlation},
                              {"searches", recovery.attempt},
                              base::log::Field::if_known("trace_id", model::trace_id_of(recovery.trace)),
                              {"why", error.message}});
  return report;
}

} // namespace postbackd::platform
