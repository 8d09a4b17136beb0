#include "api/json.hpp"

#include "api/json_object.hpp"
#include "model/trace_context.hpp"

namespace postbackd::api
{
namespace
{

// What the query and each of its events have.
template<class Facts>
void add_facts(JsonObject& object, const std::string& id, const Facts& facts)
{
  object.add("id", id);
  object.add("query_id", facts.query_id);
  object.add("label", facts.label);
  object.add("key", facts.key);
  object.add_json("metadata", facts.metadata);
  object.add("group", facts.group);
  const model::TraceContext trace = model::TraceContext::of_text(facts.trace);
  object.add("traceparent", trace.parent);
  object.add("tracestate", trace.state);
  object.add("api", facts.api);
  object.add("datasets", facts.datasets);
}

} // namespace

std::string to_json(const store::QueryRecord& query)
{
  JsonObject object;
  add_facts(object, query.id(), query);
  object.add("client", query.client);
  object.add("state", model::to_text(query.state));
  object.add("created_at", std::optional(query.created_at));
  object.add("deadline_at", query.deadline_at);
  object.add("answered_at", query.answered_at);
  object.add("status", query.status);
  object.add("receipt", query.receipt);
  object.add("code", query.code);
  object.add("message", query.message);
  object.add("closed_at", query.closed_at);
  object.add("reason", query.reason);
  object.add("served_from", query.served_from);
  object.add_json("shared", query.is_shared ? "true" : "");
  object.add("erased_at", query.erased_at);
  return object.text();
}

std::string to_json(const model::Event& event)
{
  JsonObject object;
  object.add("seq", std::optional(event.id));
  object.add("event", model::to_text(event.kind));
  add_facts(object, event.own_id, event);
  object.add("status", event.status);
  object.add("receipt", event.receipt);
  object.add("code", event.code);
  object.add("message", event.message);
  object.add("created_at", std::optional(event.created_at));
  return object.text();
}

std::string to_json(const store::GroupRecord& group)
{
  text::JsonWriter writer;
  writer.begin_object().key("name").string(group.name);
  if (!group.client.empty()) writer.key("client").string(group.client);
  writer.key("created_at").string(text::format_time(group.created_at));
  if (group.ended_at) writer.key("ended_at").string(text::format_time(*group.ended_at));
  writer.key("queries").number(group.queries).key("open").number(group.open);
  writer.key("states").begin_object();
  for (const auto& [state, count] : group.states)
    writer.key(model::to_text(state)).number(count);
  writer.end_object().end_object();
  return std::string(writer.text());
}

std::string to_json(const store::UsageRecord& usage)
{
  JsonObject object;
  object.add(usage.time.size() == 7 ? "month" : "day", usage.time);
  object.add("client", usage.client);
  object.add("api", usage.api);
  object.add("submitted", std::optional(usage.submitted));
  object.add("shared", std::optional(usage.shared));
  return object.text();
}

std::string to_json(const store::DeliveryRecord& delivery)
{
  JsonObject object;
  object.add("delivery_id", std::optional(delivery.id));
  object.add("handler", delivery.handler);
  object.add("event", model::to_text(delivery.event));
  object.add("id", delivery.own_id);
  object.add("query_id", delivery.query_id);
  object.add("label", delivery.label);
  object.add("state", model::to_text(delivery.state));
  object.add("attempts", std::optional<std::int64_t>(delivery.attempts));
  object.add("next_attempt_at", delivery.next_attempt_at);
  object.add("last_error", delivery.last_error);
  object.add("created_at", std::optional(delivery.created_at));
  object.add("done_at", delivery.done_at);
  object.add("receipt", delivery.receipt);
  object.add("idempotency_key", delivery.idempotency_key);
  object.add("dismissed_at", delivery.dismissed_at);
  object.add("reason", delivery.reason);
  return object.text();
}

std::string to_json(const store::HandlerRecord& handler, const std::string& target)
{
  JsonObject object;
  object.add("name", handler.name);
  object.add("kind", handler.kind);
  object.add("target", target);
  object.add("circuit", handler.open ? "open" : "closed");
  object.add("failures", std::optional<std::int64_t>(handler.failures));
  object.add("open_until", handler.open_until);
  object.add("backlog", std::optional(handler.backlog));
  object.add("oldest_at", handler.oldest_at);
  object.add_json("active", handler.active ? "true" : "false");
  return object.text();
}

} // namespace postbackd::api
