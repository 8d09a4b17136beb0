#include <algorithm>

#include "api/json.hpp"
#include "api/json_object.hpp"

namespace postbackd::api
{
namespace
{

std::string to_json(const store::PostbackRecord& postback)
{
  JsonObject object;
  object.add("receipt", std::optional(postback.receipt));
  object.add("received_at", std::optional(postback.received_at));
  object.add("kept_at", std::optional(postback.kept_at));
  object.add("kind", model::to_text(postback.kind));
  object.add("source", model::to_text(postback.source));
  object.add("route", postback.route);
  object.add("remote", postback.remote);
  object.add("status", postback.status);
  object.add("content_type", postback.content_type);
  object.add("content_encoding", postback.content_encoding);
  object.add("charset", postback.charset);
  object.add("bytes", std::optional(postback.bytes));
  object.add("sha256", postback.sha256);
  object.add("repeats", std::optional(postback.repeats));
  object.add("repeated_at", postback.repeated_at);
  object.add("problem", postback.problem);
  return object.text();
}

std::string to_json(const store::AttemptRecord& attempt)
{
  JsonObject object;
  object.add("delivery_id", std::optional(attempt.delivery));
  object.add("handler", attempt.handler);
  object.add("attempt", std::optional<std::int64_t>(attempt.attempt));
  object.add("started_at", std::optional(attempt.started_at));
  object.add("finished_at", attempt.finished_at);
  if (attempt.outcome) object.add("outcome", model::to_text(*attempt.outcome));
  object.add("detail", attempt.detail);
  return object.text();
}

// The newest ones, in their order.
template<class Records, class Write>
std::string newest_of(const Records& records, Write write)
{
  const std::size_t left_out = records.size() - std::min(records.size(), most_records_of_story);
  std::string list = "[";
  for (std::size_t i = left_out; i < records.size(); ++i)
    list += (i == left_out ? "" : ",") + write(records[i]);
  return list + "]";
}

} // namespace

std::string to_json(const store::Story& story)
{
  JsonObject object;
  const auto write = [](const auto& record) { return to_json(record); };
  if (story.query) object.add_json("query", to_json(*story.query));
  object.add_json("postbacks", newest_of(story.postbacks, write));
  object.add_json("deliveries", newest_of(story.deliveries, write));
  object.add_json("attempts", newest_of(story.attempts, write));
  object.add_flag("complete", story.postbacks.size() <= most_records_of_story &&
                                  story.deliveries.size() <= most_records_of_story &&
                                  story.attempts.size() <= most_records_of_story);
  return object.text();
}

std::string to_json(const store::AlertRecord& alert)
{
  JsonObject object;
  object.add("alert_id", std::optional(alert.id));
  object.add("source", alert.source);
  object.add("name", alert.name);
  object.add("handler", alert.handler);
  object.add_flag("critical", alert.critical);
  object.add("what", alert.what);
  object.add("began_at", std::optional(alert.began_at));
  object.add("ended_at", alert.ended_at);
  return object.text();
}

std::string to_json(const store::AccessRecord& access)
{
  JsonObject object;
  object.add("access_id", std::optional(access.id));
  object.add("at", std::optional(access.at));
  object.add("client", access.client);
  object.add("action", access.action);
  object.add("query", access.query);
  return object.text();
}

std::string to_json(const store::ObjectRecord& object)
{
  JsonObject json;
  json.add("number", std::optional(object.id));
  json.add("object_id", object.object);
  json.add("client", object.client);
  json.add("action", object.action);
  json.add("state", store::to_text(object.state));
  json.add("created_at", std::optional(object.created_at));
  json.add("processed_at", object.processed_at);
  json.add("message", object.message);
  return json.text();
}

std::string to_json(const store::RefusalCount& refusal)
{
  JsonObject object;
  object.add("reason", refusal.reason);
  object.add("remote", refusal.remote);
  object.add("path", refusal.path);
  object.add("count", std::optional(static_cast<std::int64_t>(refusal.count)));
  object.add("last", std::optional(refusal.last));
  return object.text();
}

std::string to_json(const store::DayCounts& day)
{
  JsonObject object;
  object.add("day", day.day);
  for (const auto& [name, count] : day.counts)
    object.add(name, std::optional(count));
  return object.text();
}

} // namespace postbackd::api
