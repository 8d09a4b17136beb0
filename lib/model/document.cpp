#include "model/document.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace postbackd::model
{

std::optional<DocumentType> document_type_of_number(long long number)
{
  if (number == static_cast<int>(DocumentType::cpf)) return DocumentType::cpf;
  if (number == static_cast<int>(DocumentType::email)) return DocumentType::email;
  return std::nullopt;
}

bool is_cpf(std::string_view text)
{
  return text.size() == 11 && std::all_of(text.begin(), text.end(), base::is_digit);
}

bool is_email(std::string_view text)
{
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && text.find('.', at) != std::string_view::npos &&
         text.find(' ') == std::string_view::npos && text.back() != '.';
}

bool is_document(std::string_view text, DocumentType type)
{
  return type == DocumentType::cpf ? is_cpf(text) : is_email(text);
}

std::optional<DocumentType> document_type_of(std::string_view text)
{
  if (is_cpf(text)) return DocumentType::cpf;
  if (is_email(text)) return DocumentType::email;
  return std::nullopt;
}

} // namespace postbackd::model
