#include "model/query.hpp"
#include "store/report.hpp"
#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::store
{
namespace
{

void write(text::JsonWriter& writer, const char* name, const Percentiles& times)
{
  writer.key(name).begin_object().key("count").number(times.count).key("p50_ms").number(times.p50.count());
  writer.key("p95_ms").number(times.p95.count()).key("p99_ms").number(times.p99.count()).end_object();
}

void write(text::JsonWriter& writer, const std::vector<RefusalCount>& refusals)
{
  writer.key("refused").begin_array();
  for (const RefusalCount& refusal : refusals) {
    writer.begin_object()
        .key("reason")
        .string(refusal.reason)
        .key("remote")
        .string(refusal.remote)
        .key("path")
        .string(refusal.path);
    writer.key("count")
        .number(static_cast<std::int64_t>(refusal.count))
        .key("last")
        .string(text::format_time(refusal.last))
        .end_object();
  }
  writer.end_array();
}

void write(text::JsonWriter& writer, const std::vector<QueryRecord>& missing)
{
  writer.key("missing").begin_array();
  for (const QueryRecord& query : missing) {
    writer.begin_object().key("query_id").string(query.query_id).key("correlation").string(query.correlation);
    writer.key("label").string(query.label).key("state").string(model::to_text(query.state));
    writer.key("created_at").string(text::format_time(query.created_at)).end_object();
  }
  writer.end_array();
}

void write(text::JsonWriter& writer, const char* name, const std::map<std::string, std::int64_t>& counts)
{
  writer.key(name).begin_object();
  for (const auto& [what, number] : counts)
    writer.key(what).number(number);
  writer.end_object();
}

} // namespace

std::string to_json(const Report& report)
{
  text::JsonWriter writer;
  writer.begin_object()
      .key("from")
      .string(text::format_time(report.from))
      .key("to")
      .string(text::format_time(report.to));
  writer.key("sampled").boolean(report.sampled).key("registered").number(report.registered);
  writer.key("submitted")
      .number(report.submitted)
      .key("answered")
      .number(report.answered)
      .key("late")
      .number(report.late);
  write(writer, "not_answered", report.by_state);
  write(writer, "days", report.counts);
  write(writer, report.refusals);
  write(writer, "query_to_result", report.query_to_result);
  write(writer, "received_to_kept", report.received_to_kept);
  write(writer, "kept_to_delivered", report.kept_to_delivered);
  write(writer, report.missing);
  return std::string(writer.end_object().text());
}

} // namespace postbackd::store
