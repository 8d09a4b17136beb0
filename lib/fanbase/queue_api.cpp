#include "fanbase/queue_api.hpp"

#include <fmt/format.h>

#include <functional>

#include "base/spawn.hpp"
#include "fanbase/endpoint.hpp"
#include "fanbase/messages.hpp"
#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::fanbase
{
namespace
{

using boost::asio::awaitable;
using store::ObjectState;
using store::QueueObject;

std::string refusal_of(const std::string& message)
{
  text::JsonWriter writer;
  writer.begin_object().key("iCode").number(1).key("iMsg").string(message).end_object();
  return std::string(writer.text());
}

http::Response refuse(unsigned status, const std::string& message)
{
  http::Response response = http::json_response(refusal_of(message));
  response.status = status;
  response.why = message;
  return response;
}

// Formats a time as in the vendor's documents: in whole seconds.
std::string seconds_of(base::TimePoint time) { return text::format_time(time).substr(0, 19) + "Z"; }

const char* message_of(const QueueObject& object)
{
  switch (object.state) {
  case ObjectState::completed:
    return messages::processed;
  case ObjectState::failed:
    return messages::processing_failed;
  default:
    return messages::processing;
  }
}

void add(text::JsonWriter& writer, std::string_view name, const std::optional<std::string>& value)
{
  writer.key(name);
  if (value)
    writer.string(*value);
  else
    writer.null();
}

// Writes the fields in the order of the vendor's documents.
std::string describe(const QueueObject& object)
{
  text::JsonWriter writer;
  writer.begin_object().key("id").string(object.id).key("created").string(seconds_of(object.created_at));
  writer.key("iCode")
      .number(object.state == ObjectState::failed ? 1 : 0)
      .key("iMsg")
      .string(message_of(object));
  add(writer, "processDate",
      object.processed_at ? std::optional(seconds_of(*object.processed_at)) : std::nullopt);
  writer.key("processStatus").string(store::to_text(object.state));
  add(writer, "processMsg", object.processed_at ? object.message : std::nullopt);
  // The documents show it for this action only.
  if (object.action == "ticket-create") writer.key("msg").raw(object.request);
  return std::string(writer.end_object().text());
}

// Describes the object as it was created, even if a repeat of the request finds it finished.
std::string describe_created(const QueueObject& object)
{
  text::JsonWriter writer;
  writer.begin_object().key("id").string(object.id).key("created").string(seconds_of(object.created_at));
  writer.key("iCode").number(0).key("iMsg").string(messages::created).key("processDate").null();
  writer.key("processStatus").string("pending").key("processMsg").null().end_object();
  return std::string(writer.text());
}

// Throws base::Failure if the object was not kept.
http::Response answer_of(const base::Result<QueueObject>& kept, const std::string& request)
{
  if (!kept) throw base::Failure(kept.error());
  if (kept->request != request)
    return refuse(400, "Campo inválido: Idempotency-Key: já usada com outro conteúdo");
  http::Response response = http::json_response(describe_created(*kept));
  response.status = 201;
  return response;
}

awaitable<http::Response> say(http::Response response) { co_return response; }

} // namespace

QueueApi::QueueApi(const Access& access, store::FanbaseStore& store, const base::Clock& clock,
                   boost::asio::any_io_executor background, QueueOptions options)
    : access_(access), store_(store), clock_(clock), background_(std::move(background)),
      options_(std::move(options))
{
}

void QueueApi::add_to(http::Settings& settings)
{
  const auto add = [&](const char* method, const char* path,
                       awaitable<http::Response> (QueueApi::*handler)(http::Request, std::string)) {
    settings.add(method, path,
                 std::make_unique<ClientEndpoint>(access_, std::bind_front(handler, this),
                                                  refusal_of(messages::invalid_token), options_.most_bytes));
  };
  add("POST", "/api/v1/integration/queue", &QueueApi::create);
  add("GET", "/api/v1/integration/queue/{id}", &QueueApi::show);
}

// Reads here and stores there: in one coroutine, GCC 12 warns of a mismatched delete that is not one.
awaitable<http::Response> QueueApi::create(http::Request request, std::string client)
{
  const base::TimePoint now = clock_.now();
  base::Result<QueueOrder> order = read_queue_order(request, options_, std::move(client), now);
  if (!order) return say(refuse(400, order.error().message));
  return keep(std::make_shared<const QueueOrder>(std::move(*order)), now);
}

awaitable<http::Response> QueueApi::keep(std::shared_ptr<const QueueOrder> order, base::TimePoint now)
{
  const base::Result<QueueObject> kept = co_await store_.enqueue(order->object, order->submission, now);
  co_return answer_of(kept, order->object.request);
}

awaitable<http::Response> QueueApi::show(http::Request request, std::string client)
{
  const std::string id(request.head.parameters.front());
  std::function<std::optional<QueueObject>()> find = [&] { return store_.find(client, id); };
  const std::optional<QueueObject> object = co_await base::run_on(background_, std::move(find));
  if (!object) co_return refuse(404, messages::object_not_found);
  co_return http::json_response(describe(*object));
}

} // namespace postbackd::fanbase
