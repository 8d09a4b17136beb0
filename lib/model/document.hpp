#pragma once

#include <optional>
#include <string_view>

namespace postbackd::model
{

// What names a person to the Fanbase side, with the numbers of its documents (Eventos APP, `documentType`).
enum class DocumentType { cpf = 1, email = 4 };

std::optional<DocumentType> document_type_of_number(long long number);

// Eleven digits. The check digits are not verified: the platform answers for documents that do not exist.
bool is_cpf(std::string_view text);
// A mailbox and a domain with a dot in it, no blank.
bool is_email(std::string_view text);
bool is_document(std::string_view text, DocumentType type);

// The type that the text has the form of.
std::optional<DocumentType> document_type_of(std::string_view text);

} // namespace postbackd::model
