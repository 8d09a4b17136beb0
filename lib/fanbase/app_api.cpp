#include "fanbase/app_api.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "fanbase/endpoint.hpp"
#include "text/json.hpp"
#include "text/json_document.hpp"
#include "text/time.hpp"

namespace postbackd::fanbase
{
namespace
{

using boost::asio::awaitable;
using store::AppOutcome;

constexpr int cpf_type = 1;
constexpr int email_type = 4;
constexpr std::size_t longest_text = 1 << 10;

std::string header_of(int code, const std::string& message)
{
  text::JsonWriter writer;
  writer.begin_object().key("header").begin_object().key("codigo").number(code);
  writer.key("msg").string(message).end_object().end_object();
  return std::string(writer.text());
}

http::Response answer(unsigned status, int code, const std::string& message)
{
  http::Response response = http::json_response(header_of(code, message));
  response.status = status;
  response.why = message;
  return response;
}

http::Response refuse(const std::string& message) { return answer(400, 0, message); }

http::Response answer_of(AppOutcome outcome, const char* good)
{
  switch (outcome) {
  case AppOutcome::kept:
    return answer(201, 1, good);
  case AppOutcome::unknown_document:
    return refuse("Documento inválido");
  case AppOutcome::other_document:
    return refuse("userId já registrado");
  case AppOutcome::unknown_user:
    break;
  }
  return refuse("userId não encontrado");
}

// The fields of a request, one after the other: the first that is wrong is named.
class Fields
{
public:
  Fields(const http::Request& request, std::uint64_t most_bytes)
  {
    if (request.body.size() > most_bytes) {
      problem_ = fmt::format("Requisição grande demais: até {} bytes", most_bytes);
      return;
    }
    auto document = text::JsonDocument::parse(text_of(request.body));
    if (!document || !document->root().is_object())
      problem_ = "JSON inválido: um objeto é esperado";
    else
      document_ = *document;
  }

  std::string required(const char* name)
  {
    const std::string text(find(name).text());
    if (text.empty()) complain(fmt::format("Campo obrigatório: {}", name));
    if (text.size() > longest_text) complain(fmt::format("Campo inválido: {}: longo demais", name));
    return text;
  }
  std::optional<std::string> optional(const char* name)
  {
    const text::JsonNode node = find(name);
    if (!node.present() || node.is_null()) return std::nullopt;
    if (!node.is_string()) complain(fmt::format("Campo inválido: {}: um texto ou null é esperado", name));
    return std::string(node.text());
  }
  text::JsonNode find(const char* name) const
  {
    return document_ ? document_->root().member(name) : text::JsonNode();
  }

  void complain(const std::string& what)
  {
    if (problem_.empty()) problem_ = what;
  }
  const std::string& problem() const { return problem_; }

private:
  std::optional<text::JsonDocument> document_;
  std::string problem_;
};

bool is_document(const std::string& text, int type)
{
  if (type == cpf_type)
    return text.size() == 11 &&
           std::all_of(text.begin(), text.end(), [](char c) { return base::is_digit(c); });
  const std::size_t at = text.find('@');
  return at != std::string::npos && at > 0 && text.find('.', at) != std::string::npos &&
         text.find(' ') == std::string::npos && text.back() != '.';
}

store::AppUser user_of(Fields& fields, std::string client)
{
  store::AppUser user;
  user.user_id = fields.required("userId");
  user.document = fields.required("document");
  const auto type = fields.find("documentType").integer();
  if (type != cpf_type && type != email_type)
    fields.complain("Campo inválido: documentType: 1 (CPF) ou 4 (e-mail)");
  user.document_type = static_cast<int>(type.value_or(0));
  user.app_name = fields.required("appName");
  user.app_platform = fields.required("appPlatform");
  if (user.app_platform != "android" && user.app_platform != "ios")
    fields.complain("Campo inválido: appPlatform: android ou ios");
  if (!is_document(user.document, user.document_type)) fields.complain("Documento inválido");
  if (user.document_type == email_type) user.document = base::lower(user.document);
  user.client = std::move(client);
  return user;
}

store::AppEvent event_of(Fields& fields, std::string client)
{
  store::AppEvent event;
  event.user_id = fields.required("userId");
  event.event_name = fields.required("eventName");
  event.event_value = fields.optional("eventValue");
  event.event_date = fields.required("eventDate");
  if (!text::parse_time(event.event_date)) fields.complain("Campo inválido: eventDate: ISO 8601");
  event.app_name = fields.required("appName");
  event.client = std::move(client);
  return event;
}

} // namespace

void AppApi::add_to(http::Settings& settings)
{
  const auto add = [&](const char* path,
                       awaitable<http::Response> (AppApi::*handler)(http::Request, std::string)) {
    auto endpoint = std::make_unique<ClientEndpoint>(
        access_,
        [this, handler](http::Request request, std::string client) {
          return (this->*handler)(std::move(request), std::move(client));
        },
        header_of(0, "Token inválido"), options_.most_bytes);
    settings.router.add("POST", path, *endpoint);
    settings.endpoints.push_back(std::move(endpoint));
  };
  add("/api/v1/app/registeruser", &AppApi::register_user);
  add("/api/v1/app/event", &AppApi::add_event);
}

awaitable<http::Response> AppApi::register_user(http::Request request, std::string client)
{
  Fields fields(request, options_.most_bytes);
  const store::AppUser user = user_of(fields, std::move(client));
  if (!fields.problem().empty()) co_return refuse(fields.problem());
  store::FanbaseStore& store = store_;
  const base::Result<AppOutcome> kept =
      co_await store.keep_user(user, options_.accept_unknown_documents, clock_.now());
  if (!kept) throw base::Failure(kept.error());
  co_return answer_of(*kept, "Usuário registrado com sucesso");
}

awaitable<http::Response> AppApi::add_event(http::Request request, std::string client)
{
  Fields fields(request, options_.most_bytes);
  const store::AppEvent event = event_of(fields, std::move(client));
  if (!fields.problem().empty()) co_return refuse(fields.problem());
  store::FanbaseStore& store = store_;
  const base::Result<AppOutcome> kept = co_await store.keep_event(event, clock_.now());
  if (!kept) throw base::Failure(kept.error());
  co_return answer_of(*kept, "Evento registrado com sucesso");
}

} // namespace postbackd::fanbase
