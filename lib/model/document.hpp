#pragma once

#include <optional>
#include <string_view>

namespace postbackd::model
{

// How the Fanbase side identifies a person, with the numbers from its documents (Eventos APP,
// `documentType`).
enum class DocumentType { cpf = 1, email = 4 };

std::optional<DocumentType> document_type_of_number(long long number);

// Returns whether it is eleven digits. Does not verify the check digits: the platform also answers for
// documents that do not exist.
bool is_cpf(std::string_view text);
// Returns whether it is a mailbox and a domain with a dot, without spaces.
bool is_email(std::string_view text);
bool is_document(std::string_view text, DocumentType type);

// Returns the type whose form the text has.
std::optional<DocumentType> document_type_of(std::string_view text);

} // namespace postbackd::model
