#include "story_report.hpp"

#include <fmt/format.h>

#include <ostream>

#include "base/plain_text.hpp"
#include "table.hpp"
#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::ctl
{
namespace
{

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string shown(std::optional<base::TimePoint> time) { return time ? text::format_time(*time) : "-"; }

class StoryLines
{
public:
  explicit StoryLines(std::ostream& out) : out_(out) {}

  void line(const char* title, const std::string& text)
  {
    out_ << fmt::format("{:<12}{}\n", title, base::as_line(text));
  }
  void line_unless_empty(const char* title, const std::string& text)
  {
    if (!text.empty()) line(title, text);
  }
  void gap() { out_ << '\n'; }

private:
  std::ostream& out_;
};

void print_query(StoryLines& report, const store::QueryRecord& query)
{
  report.line("query", or_dash(query.query_id));
  report.line("state", std::string(model::to_text(query.state)));
  report.line_unless_empty("label", query.label);
  report.line_unless_empty("key", query.key);
  report.line_unless_empty("metadata", query.metadata);
  report.line_unless_empty("group", query.group);
  report.line_unless_empty("client", query.client);
  report.line_unless_empty("api", query.api);
  report.line_unless_empty("datasets", query.datasets);
  report.line_unless_empty("correlation", query.correlation);
  report.line_unless_empty("served from", query.served_from);
  if (query.erased_at) report.line("erased", shown(query.erased_at));
  report.line("registered", shown(query.created_at));
  if (query.code || !query.message.empty())
    report.line("platform", query.code ? fmt::format("{} {}", *query.code, query.message) : query.message);
  if (!query.answered_at) report.line("deadline", shown(query.deadline_at));
  if (query.closed_at)
    report.line("closed", fmt::format("{}: {}", shown(query.closed_at), or_dash(query.reason)));
  if (query.answered_at)
    report.line("answered",
                fmt::format("{} by postback {}", shown(query.answered_at), query.receipt.value_or(0)));
}

void print_postback(StoryLines& report, const store::PostbackRecord& postback)
{
  report.gap();
  report.line("postback", std::to_string(postback.receipt));
  report.line("kind", fmt::format("{}, status {}", model::to_text(postback.kind), or_dash(postback.status)));
  report.line_unless_empty("problem", postback.problem);
  report.line("received",
              fmt::format("{} from {} on {}", shown(postback.received_at), postback.remote, postback.route));
  report.line("kept", shown(postback.kept_at));
  report.line("body", fmt::format("{} bytes, {}, charset {}", postback.bytes, or_dash(postback.content_type),
                                  or_dash(postback.charset)));
  report.line("sha256", postback.sha256);
  if (postback.repeats > 0)
    report.line("repeats", fmt::format("{}, the last {}", postback.repeats, shown(postback.repeated_at)));
}

void print_delivery(StoryLines& report, const store::DeliveryRecord& delivery,
                    const std::vector<store::AttemptRecord>& attempts)
{
  report.gap();
  report.line("delivery",
              fmt::format("{} to {}: {}", delivery.id, delivery.handler, model::to_text(delivery.event)));
  report.line("state",
              fmt::format("{} after {} attempt(s)", model::to_text(delivery.state), delivery.attempts));
  report.line("key", delivery.idempotency_key);
  if (delivery.next_attempt_at) report.line("next", shown(delivery.next_attempt_at));
  for (const store::AttemptRecord& attempt : attempts) {
    if (attempt.delivery != delivery.id) continue;
    const std::string outcome = attempt.outcome ? std::string(model::to_text(*attempt.outcome)) : "running";
    report.line("attempt", fmt::format("{}: {} {}{}{}", attempt.attempt, shown(attempt.started_at), outcome,
                                       attempt.detail.empty() ? "" : ": ", attempt.detail));
  }
}

template<class Record>
void write_array(text::JsonWriter& writer, const char* name, const std::vector<Record>& records)
{
  writer.key(name).begin_array();
  for (const Record& record : records)
    writer.raw(to_json(row_of(record)));
  writer.end_array();
}

} // namespace

void print_story(std::ostream& out, const store::Story& story)
{
  StoryLines report(out);
  if (story.query)
    print_query(report, *story.query);
  else
    report.line("query", "not registered");
  if (story.postbacks.empty()) {
    report.gap();
    out << "no postback yet\n";
  }
  for (const store::PostbackRecord& postback : story.postbacks)
    print_postback(report, postback);
  for (const store::DeliveryRecord& delivery : story.deliveries)
    print_delivery(report, delivery, story.attempts);
}

void print_story_json(std::ostream& out, const store::Story& story)
{
  text::JsonWriter writer;
  writer.begin_object().key("query");
  if (story.query)
    writer.raw(to_json(row_of(*story.query)));
  else
    writer.null();
  write_array(writer, "postbacks", story.postbacks);
  write_array(writer, "deliveries", story.deliveries);
  write_array(writer, "attempts", story.attempts);
  writer.end_object();
  out << writer.text() << '\n';
}

} // namespace postbackd::ctl
