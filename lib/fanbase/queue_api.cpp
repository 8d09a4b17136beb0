#include "fanbase/queue_api.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "base/spawn.hpp"
#include "fanbase/endpoint.hpp"
#include "text/json.hpp"
#include "text/json_document.hpp"
#include "text/time.hpp"

namespace postbackd::fanbase
{
namespace
{

using boost::asio::awaitable;
using store::QueueObject;

constexpr std::size_t longest_key = 1 << 10;

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

// As the documents have it: whole seconds.
std::string seconds_of(const std::string& time) { return time.substr(0, 19) + "Z"; }

std::string new_id()
{
  std::string id = base::to_hex(base::random_bytes(16));
  id[12] = '4'; // RFC 4122: random
  id[16] = "89ab"[id[16] & 3];
  for (const std::size_t at : {8U, 13U, 18U, 23U})
    id.insert(at, 1, '-');
  return id;
}

const char* message_of(const QueueObject& object)
{
  return object.state == "completed" ? "Processado com sucesso"
         : object.state == "failed"  ? "Falha no processamento"
                                     : "Objeto em processamento";
}

// The fields in the documents' order.
http::Response describe(const QueueObject& object, const char* message, bool with_msg)
{
  text::JsonWriter writer;
  const auto add = [&writer](std::string_view name, const std::optional<std::string>& value) {
    writer.key(name);
    if (value)
      writer.string(*value);
    else
      writer.null();
  };
  writer.begin_object().key("id").string(object.id).key("created").string(seconds_of(object.created));
  writer.key("iCode").number(object.state == "failed" ? 1 : 0).key("iMsg").string(message);
  add("processDate", object.process_date ? std::optional(seconds_of(*object.process_date)) : std::nullopt);
  add("processStatus", object.state);
  add("processMsg", object.process_msg);
  writer.end_object();
  std::string body(writer.text());
  if (with_msg) {
    body.pop_back();
    body += ",\"msg\":" + object.msg + "}";
  }
  return http::json_response(std::move(body));
}

bool is_cpf(std::string_view text)
{
  return text.size() == 11 && std::all_of(text.begin(), text.end(), [](char c) { return base::is_digit(c); });
}

// What is wrong with the request, naming the field; empty when nothing is.
std::string problem_of(const text::JsonNode& root)
{
  if (!root.is_object()) return "JSON inválido: um objeto é esperado";
  const std::string_view action = root.find("action").text();
  const text::JsonNode data = root.find("data");
  if (action.empty()) return "Campo obrigatório: action";
  if (action != "update_fandata" && action != "ticket-create")
    return fmt::format("Campo inválido: action: '{}'", action.substr(0, 40));
  if (!data.present()) return "Campo obrigatório: data";
  if (action == "ticket-create") return {};
  if (!data.is_object()) return "Campo inválido: data: um objeto é esperado";
  if (data.find("id").text().empty()) return "Campo obrigatório: data.id";
  const text::JsonNode cpf = data.find("cpf");
  if (cpf.present() && !cpf.is_null() && !is_cpf(cpf.text()))
    return "Campo inválido: data.cpf: onze dígitos ou null";
  return {};
}

} // namespace

QueueApi::QueueApi(const Access& access, store::FanbaseStore& store, const base::Clock& clock,
                   boost::asio::any_io_executor background, Options options)
    : access_(access), store_(store), clock_(clock), background_(std::move(background)),
      options_(std::move(options))
{
}

void QueueApi::add_to(http::Settings& settings)
{
  const auto add = [&](const char* method, const char* path,
                       awaitable<http::Response> (QueueApi::*handler)(http::Request, std::string)) {
    auto endpoint = std::make_unique<ClientEndpoint>(
        access_,
        [this, handler](http::Request request, std::string client) {
          return (this->*handler)(std::move(request), std::move(client));
        },
        refusal_of("Token inválido"), options_.most_bytes);
    settings.router.add(method, path, *endpoint);
    settings.endpoints.push_back(std::move(endpoint));
  };
  add("POST", "/api/v1/integration/queue", &QueueApi::create);
  add("GET", "/api/v1/integration/queue/{id}", &QueueApi::show);
}

awaitable<http::Response> QueueApi::create(http::Request request, std::string client)
{
  if (request.body.size() > options_.most_bytes)
    co_return refuse(400, fmt::format("Requisição grande demais: até {} bytes", options_.most_bytes));
  std::string body = text_of(request.body);
  const auto document = text::JsonDocument::parse(body);
  if (!document) co_return refuse(400, "JSON inválido: " + document.error().message);
  const text::JsonNode root = document->root();
  if (const std::string problem = problem_of(root); !problem.empty()) co_return refuse(400, problem);
  const auto key = request.head.only("Idempotency-Key");
  if (key && (key->empty() || key->size() > longest_key))
    co_return refuse(400, "Campo inválido: Idempotency-Key");
  const base::TimePoint now = clock_.now();
  QueueObject object{
      .id = new_id(), .client = std::move(client), .action = std::string(root.find("action").text())};
  object.msg = std::move(body);
  object.created = text::format_time(now);
  if (key) object.key = std::string(*key);
  std::optional<store::ObjectQuestion> question;
  const std::string cpf(root.find("data").find("cpf").text());
  if (object.action == "update_fandata" && !cpf.empty() && !options_.route.empty()) {
    question.emplace();
    question->question = {options_.api, options_.datasets, "doc{" + cpf + "}", object.id,
                          {},           options_.deadline};
    question->route = options_.route;
  } else if (object.action == "update_fandata") {
    object.state = cpf.empty() ? "completed" : "failed";
    object.process_date = object.created;
    object.process_msg = cpf.empty() ? "Dados atualizados com sucesso"
                                     : "A Plataforma de Dados não está configurada neste servidor";
  }
  store::FanbaseStore& store = store_;
  const base::Result<QueueObject> kept = co_await store.enqueue(object, question, now);
  if (!kept) throw base::Failure(kept.error());
  // As it was created, also where a repeat of the request finds it done.
  QueueObject created = *kept;
  created.state = "pending";
  created.process_date = created.process_msg = std::nullopt;
  http::Response response = describe(created, "Objeto criado com sucesso", false);
  response.status = 201;
  co_return response;
}

awaitable<http::Response> QueueApi::show(http::Request request, std::string client)
{
  const std::string id(request.head.parameters.front());
  std::optional<QueueObject> object;
  auto find = [&] { object = store_.find(client, id); };
  co_await base::run_on(background_, find);
  if (!object) co_return refuse(404, "Objeto não encontrado");
  co_return describe(*object, message_of(*object), object->action == "ticket-create");
}

} // namespace postbackd::fanbase
