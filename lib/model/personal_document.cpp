#include "model/personal_document.hpp"

#include <algorithm>

namespace postbackd::model
{
namespace
{

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Puts the digits into a picture: 0 stands for the next one.
std::string formatted(std::string_view digits, std::string_view picture)
{
  std::string text;
  std::size_t next = 0;
  for (const char c : picture)
    text += c == '0' ? digits[next++] : c;
  return text;
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

// A slash is escaped in some JSON, and percent-encoded in a form.
PersonalDocument::PersonalDocument(std::string digits) : digits_(std::move(digits)), forms_{digits_}
{
  if (digits_.size() == 11)
    forms_.push_back(formatted(digits_, "000.000.000-00"));
  else
    for (const char* picture :
         {"00.000.000/0000-00", "00.000.000\\/0000-00", "00.000.000%2F0000-00", "00.000.000%2f0000-00"})
      forms_.push_back(formatted(digits_, picture));
}

bool PersonalDocument::is_in(std::string_view text) const
{
  for (const std::string& form : forms_)
    for (std::size_t at = text.find(form); at != std::string_view::npos; at = text.find(form, at + 1)) {
      const bool begins = at == 0 || !is_digit(text[at - 1]);
      const bool ends = at + form.size() == text.size() || !is_digit(text[at + form.size()]);
      if (begins && ends) return true;
    }
  return false;
}

std::size_t PersonalDocument::longest() const
{
  return std::max_element(forms_.begin(), forms_.end(),
                          [](const auto& a, const auto& b) { return a.size() < b.size(); })
      ->size();
}

} // namespace postbackd::model
