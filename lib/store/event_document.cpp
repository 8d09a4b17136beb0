#include "store/event_document.hpp"

#include "text/json.hpp"
#include "text/json_document.hpp"

namespace postbackd::store
{
namespace
{

std::string ended(text::JsonWriter& writer)
{
  writer.end_object();
  return std::string(writer.text());
}

void add(text::JsonWriter& writer, const char* name, const std::optional<std::string>& value)
{
  writer.key(name);
  value ? writer.string(*value) : writer.null();
}

} // namespace

std::string document_of(const model::Event& event)
{
  text::JsonWriter writer;
  writer.begin_object().key("Event").string(model::to_text(event.kind));
  const auto add_known = [&writer](const char* name, const std::string& value) {
    if (!value.empty()) writer.key(name).string(value);
  };
  add_known("Id", event.own_id);
  add_known("QueryId", event.query_id);
  add_known("Label", event.label);
  add_known("Key", event.key);
  if (!event.metadata.empty()) writer.key("Metadata").raw(event.metadata);
  add_known("Api", event.api);
  add_known("Group", event.group);
  add_known("Datasets", event.datasets);
  if (event.code) writer.key("Code").number(*event.code);
  add_known("Message", event.message);
  return ended(writer);
}

std::string document_of(const QueueObjectFacts& object)
{
  text::JsonWriter writer;
  writer.begin_object().key("id").string(object.id).key("action").string(object.action).key("data");
  const auto request = text::JsonDocument::parse(object.request);
  const text::JsonNode data = request ? request->root().member("data") : text::JsonNode();
  data.present() ? writer.raw(data.json()) : writer.null();
  return ended(writer);
}

std::string document_of(const AppEventFacts& event)
{
  text::JsonWriter writer;
  writer.begin_object().key("userId").string(event.user_id).key("eventName").string(event.event_name);
  add(writer, "eventValue", event.event_value);
  writer.key("eventDate").string(event.event_date).key("appName").string(event.app_name);
  add(writer, "document", event.document);
  writer.key("documentType");
  event.document_type ? writer.number(*event.document_type) : writer.null();
  return ended(writer);
}

std::string document_of(const AlertFacts& alert, bool began)
{
  text::JsonWriter writer;
  writer.begin_object().key("Event").string("alert").key("Name").string(alert.name);
  writer.key("State").string(began ? "began" : "ended");
  add(writer, "Handler", alert.handler.empty() ? std::nullopt : std::optional(alert.handler));
  writer.key("Critical").boolean(alert.critical).key("What").string(alert.what);
  writer.key("BeganAt").string(alert.began_at);
  add(writer, "EndedAt", began ? std::nullopt : alert.ended_at);
  return ended(writer);
}

std::string document_of(const GroupRecord& group, std::int64_t given_up)
{
  text::JsonWriter writer;
  writer.begin_object().key("Event").string("group").key("Group").string(group.name);
  writer.key("Client").string(group.client).key("Queries").number(group.queries);
  writer.key("Open").number(group.open).key("GivenUp").number(given_up);
  return ended(writer);
}

} // namespace postbackd::store
