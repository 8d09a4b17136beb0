#include "fanbase/app_request.hpp"

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "fanbase/endpoint.hpp"
#include "fanbase/messages.hpp"
#include "model/document.hpp"
#include "text/json_document.hpp"
#include "text/time.hpp"

namespace postbackd::fanbase
{
namespace
{

constexpr std::size_t longest_text = 1 << 10;

// Reads the fields of a request in order, and reports the first wrong one.
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

store::AppUser user_of(Fields& fields, std::string client)
{
  store::AppUser user;
  user.user_id = fields.required("userId");
  user.document = fields.required("document");
  const auto type = model::document_type_of_number(fields.find("documentType").integer().value_or(0));
  if (!type) fields.complain("Campo inválido: documentType: 1 (CPF) ou 4 (e-mail)");
  user.document_type = static_cast<int>(type.value_or(model::DocumentType::cpf));
  user.app_name = fields.required("appName");
  user.app_platform = fields.required("appPlatform");
  if (user.app_platform != "android" && user.app_platform != "ios")
    fields.complain("Campo inválido: appPlatform: android ou ios");
  if (!type || !model::is_document(user.document, *type)) fields.complain(messages::invalid_document);
  if (type == model::DocumentType::email) user.document = base::lower(user.document);
  user.client = std::move(client);
  return user;
}

store::AppEvent event_of(Fields& fields, std::string client, std::chrono::minutes zone)
{
  store::AppEvent event;
  event.user_id = fields.required("userId");
  event.event_name = fields.required("eventName");
  event.event_value = fields.optional("eventValue");
  event.event_date = fields.required("eventDate");
  const auto time = text::parse_time(event.event_date, zone);
  if (!time) fields.complain("Campo inválido: eventDate: ISO 8601");
  event.event_at = time.value_or(base::TimePoint());
  event.app_name = fields.required("appName");
  event.client = std::move(client);
  return event;
}

template<class Value>
base::Result<Value> result_of(const Fields& fields, Value value)
{
  if (!fields.problem().empty()) return base::Error{base::Errc::invalid, fields.problem()};
  return value;
}

} // namespace

base::Result<store::AppUser> read_user(const http::Request& request, std::uint64_t most_bytes,
                                       std::string client)
{
  Fields fields(request, most_bytes);
  store::AppUser user = user_of(fields, std::move(client));
  return result_of(fields, std::move(user));
}

base::Result<store::AppEvent> read_event(const http::Request& request, std::uint64_t most_bytes,
                                         std::string client, std::chrono::minutes zone)
{
  Fields fields(request, most_bytes);
  store::AppEvent event = event_of(fields, std::move(client), zone);
  return result_of(fields, std::move(event));
}

} // namespace postbackd::fanbase
