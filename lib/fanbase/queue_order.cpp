#include "fanbase/queue_order.hpp"

#include <fmt/format.h>

#include "base/digest.hpp"
#include "fanbase/endpoint.hpp"
#include "fanbase/messages.hpp"
#include "model/document.hpp"
#include "text/json_document.hpp"

namespace postbackd::fanbase
{
namespace
{

using store::QueueObject;

constexpr std::size_t longest_key = 1 << 10;

std::string new_id()
{
  std::string id = base::to_hex(base::random_bytes(16));
  id[12] = '4'; // RFC 4122: random
  id[16] = "89ab"[id[16] & 3];
  for (const std::size_t at : {8U, 13U, 18U, 23U})
    id.insert(at, 1, '-');
  return id;
}

// Returns the first problem of the request, with its field, or an empty text.
std::string problem_of(const text::JsonNode& root)
{
  if (!root.is_object()) return "JSON inválido: um objeto é esperado";
  const std::string_view action = root.member("action").text();
  const text::JsonNode data = root.member("data");
  if (action.empty()) return "Campo obrigatório: action";
  if (action != "update_fandata" && action != "ticket-create")
    return "Campo inválido: action: update_fandata ou ticket-create";
  if (!data.present()) return "Campo obrigatório: data";
  if (action == "ticket-create") return {};
  if (!data.is_object()) return "Campo inválido: data: um objeto é esperado";
  if (data.member("id").text().empty()) return "Campo obrigatório: data.id";
  const text::JsonNode cpf = data.member("cpf");
  if (cpf.present() && !cpf.is_null() && !model::is_cpf(cpf.text()))
    return "Campo inválido: data.cpf: onze dígitos ou null";
  return {};
}

// Adds the submission for an update of this CPF, if there is one.
void ask(const std::string& cpf, const QueueOptions& options, QueueOrder& order)
{
  QueueObject& object = order.object;
  if (!cpf.empty() && !options.route.empty()) {
    order.submission.emplace();
    order.submission->submission = {.api = options.api,
                                    .datasets = options.datasets,
                                    .q = "doc{" + cpf + "}",
                                    .label = object.id,
                                    .deadline = options.deadline};
    order.submission->route = options.route;
    return;
  }
  object.message = cpf.empty() ? messages::no_document : messages::no_platform;
}

} // namespace

base::Result<QueueOrder> read_queue_order(const http::Request& request, const QueueOptions& options,
                                          std::string client, base::TimePoint now)
{
  const auto wrong = [](std::string what) { return base::Error{base::Errc::invalid, std::move(what)}; };
  if (request.body.size() > options.most_bytes)
    return wrong(fmt::format("Requisição grande demais: até {} bytes", options.most_bytes));
  std::string body = text_of(request.body);
  const auto document = text::JsonDocument::parse(body);
  if (!document) return wrong("JSON inválido: " + document.error().message);
  const text::JsonNode root = document->root();
  if (const std::string problem = problem_of(root); !problem.empty()) return wrong(problem);
  // Other programs would not find a key written with escapes.
  if (body.find("\"data\"") == std::string::npos) return wrong("Campo obrigatório: data");
  const auto key = request.head.only("Idempotency-Key");
  if (request.head.count("Idempotency-Key") > 1 || (key && (key->empty() || key->size() > longest_key)))
    return wrong("Campo inválido: Idempotency-Key");
  QueueOrder order;
  QueueObject& object = order.object;
  object.id = new_id();
  object.client = std::move(client);
  object.action = root.member("action").text();
  object.request = std::move(body);
  object.created_at = now;
  if (key) object.key = std::string(*key);
  if (object.action == "update_fandata")
    ask(std::string(root.member("data").member("cpf").text()), options, order);
  return order;
}

} // namespace postbackd::fanbase
