#include "model/personal_document.hpp"

namespace postbackd::model
{
namespace
{

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Returns the length of what may stand between two digits: a mark or a blank; a slash is escaped in some
// JSON, and percent-encoded in a form.
std::size_t separator_at(std::string_view text, std::size_t at)
{
  const std::string_view rest = text.substr(at);
  for (const std::string_view mark : {".", "-", "/", " ", "\\/", "%2F", "%2f"})
    if (rest.starts_with(mark)) return mark.size();
  return 0;
}

// Returns whether the digits stand here, each perhaps after a separator, and no digit after them.
bool stands_at(std::string_view text, std::size_t at, std::string_view digits)
{
  for (const char digit : digits) {
    if (&digit != digits.data()) at += separator_at(text, at);
    if (at >= text.size() || text[at] != digit) return false;
    ++at;
  }
  return at == text.size() || !is_digit(text[at]);
}

} // namespace

std::optional<PersonalDocument> PersonalDocument::parse(std::string_view text)
{
  std::string digits;
  for (const char c : text) {
    if (is_digit(c))
      digits += c;
    else if (c != '.' && c != '-' && c != '/' && c != ' ')
      return std::nullopt;
  }
  if (digits.size() != 11 && digits.size() != 14) return std::nullopt;
  return PersonalDocument(std::move(digits));
}

bool PersonalDocument::is_in(std::string_view text) const
{
  for (std::size_t at = text.find(digits_[0]); at != std::string_view::npos;
       at = text.find(digits_[0], at + 1))
    if ((at == 0 || !is_digit(text[at - 1])) && stands_at(text, at, digits_)) return true;
  return false;
}

} // namespace postbackd::model
