#pragma once

// The messages to callers of the Fanbase side, in the words of its documents (Update Fandata, Webhook
// Ingressos, Eventos APP) where they have any. The message of an object's outcome is where it is decided:
// in the store.
namespace postbackd::fanbase::messages
{

constexpr auto invalid_token = "Token inválido";

constexpr auto created = "Objeto criado com sucesso";
constexpr auto processing = "Objeto em processamento";
constexpr auto processed = "Processado com sucesso";
constexpr auto processing_failed = "Falha no processamento";
constexpr auto object_not_found = "Objeto não encontrado";
constexpr auto no_document = "Sem CPF: nada foi consultado";
constexpr auto no_platform = "A Plataforma de Dados não está configurada neste servidor";

constexpr auto user_registered = "Usuário registrado com sucesso";
constexpr auto event_registered = "Evento registrado com sucesso";
constexpr auto invalid_document = "Documento inválido";
constexpr auto user_known = "userId já registrado";
constexpr auto user_unknown = "userId não encontrado";

} // namespace postbackd::fanbase::messages
