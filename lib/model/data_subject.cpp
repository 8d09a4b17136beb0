#include "model/data_subject.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "text/spelling.hpp"

namespace postbackd::model
{
namespace
{

// The longest spelling, with what must be seen before and after it.
constexpr std::size_t overlap = 4'096;
// The longest spelling of what may follow an address.
constexpr std::size_t lookahead = 12;
// Of a document that is written as a number: a shorter one may be anything, a date for example.
constexpr std::size_t most_missing = 2;
constexpr int most_separators = 3;           // between two digits
constexpr int most_zeros = 16;               // before them
constexpr std::size_t longest_address = 254; // RFC 5321, 4.5.3.1.3

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }

bool is_alphanumeric(char32_t c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_one_of(std::string_view characters, char32_t c)
{
  return c < 0x7F && characters.find(static_cast<char>(c)) != std::string_view::npos;
}

// RFC 5322, 3.2.3, with the dot.
bool is_address_character(char32_t c) { return is_alphanumeric(c) || is_one_of("!#$%&'*+-/=?^_`{|}~.", c); }

// Without those that stand around an address more often than in it: mail=ana@example.com
bool belongs_to_address(char32_t c) { return is_alphanumeric(c) || is_one_of("._+-", c); }

// What people and programs put between the digits of a document: marks, blanks and dashes, also those of a
// typesetter.
bool is_separator(char32_t c)
{
  switch (c) {
  case '.':
  case '-':
  case '/':
  case ' ':
  case '+': // a blank in a form
  case '\t':
  case 0xA0: // no-break space
  case 0xAD: // soft hyphen
  case 0xB7: // middle dot
  case 0x202F:
  case 0x205F:
  case 0x2060:
  case 0x2212: // minus
  case 0x3000:
  case 0xFEFF:
    return true;
  default:
    return (c >= 0x2000 && c <= 0x200D) || (c >= 0x2010 && c <= 0x2015);
  }
}

// Returns where the document that begins here ends. Zeros may come before it.
std::optional<std::size_t> end_of_document(std::string_view text, std::size_t at, std::string_view digits)
{
  std::size_t next = 0; // of the digits
  const std::size_t first_other = digits.find_first_not_of('0');
  int separators = 0;
  int zeros = 0;
  for (bool begun = false;; begun = true) {
    const text::Character c = text::character_at(text, at);
    if (c.length == 0) return std::nullopt;
    at += c.length;
    if (begun && is_separator(c.code) && ++separators <= most_separators) continue;
    if (is_digit(c.code) && c.code == static_cast<char32_t>(digits[next]))
      ++next;
    else if (c.code != '0' || next > first_other || ++zeros > most_zeros)
      return std::nullopt;
    separators = 0;
    if (next == digits.size()) return at;
  }
}

// The same of one that a program has made a number of: without some of its zeros, and nothing between its
// digits.
std::optional<std::size_t> end_of_number(std::string_view text, std::size_t at, std::string_view digits)
{
  const std::size_t zeros = std::min(digits.find_first_not_of('0'), most_missing);
  if (zeros == 0) return std::nullopt;
  const text::Character first = text::character_at(text, at);
  for (std::size_t missing = 1; missing <= zeros; ++missing) {
    std::size_t end = at;
    bool is_equal = first.code == static_cast<char32_t>(digits[missing]);
    for (std::size_t i = missing; i < digits.size() && is_equal; ++i) {
      const text::Character c = text::character_at(text, end);
      is_equal = c.length > 0 && c.code == static_cast<char32_t>(digits[i]);
      end += c.length;
    }
    if (is_equal) return end;
  }
  return std::nullopt;
}

std::optional<std::size_t> end_of_address(std::string_view text, std::size_t at, std::string_view address)
{
  for (const char expected : address) {
    const text::Character c = text::character_at(text, at);
    if (c.length == 0 || c.code > 0x7F || base::lower(static_cast<char>(c.code)) != expected)
      return std::nullopt;
    at += c.length;
  }
  return at;
}

bool does_address_go_on(std::string_view text, std::size_t at)
{
  const text::Character after = text::character_at(text, at);
  return is_alphanumeric(after.code) || after.code == '-' || after.code == '_' ||
         (after.code == '.' && is_alphanumeric(text::character_at(text, at + after.length).code));
}

// Whether what stands before this place belongs to the same number or address.
template<class Belongs>
bool is_continued(std::string_view text, std::size_t at, Belongs belongs)
{
  if (at == 0 || !belongs(static_cast<unsigned char>(text[at - 1]))) return false;
  const auto escaped = text::escaped_before(text, at);
  return !escaped || belongs(*escaped);
}

} // namespace

std::optional<DataSubject> DataSubject::of_document(std::string_view text)
{
  std::string digits;
  for (const char c : text) {
    if (base::is_digit(c))
      digits += c;
    else if (c != '.' && c != '-' && c != '/' && c != ' ')
      return std::nullopt;
  }
  if (digits.size() != 11 && digits.size() != 14) return std::nullopt;
  return DataSubject(Kind::document, std::move(digits));
}

std::optional<DataSubject> DataSubject::of_email(std::string_view text)
{
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || text.size() > longest_address) return std::nullopt;
  const std::string_view host = text.substr(at + 1);
  const auto is_host_character = [](char c) {
    return base::is_letter(c) || base::is_digit(c) || c == '-' || c == '.';
  };
  if (!std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at),
                   [](char c) { return is_address_character(static_cast<unsigned char>(c)); }) ||
      !std::all_of(host.begin(), host.end(), is_host_character) || host.find('.') == std::string_view::npos ||
      host.front() == '.' || host.back() == '.')
    return std::nullopt;
  return DataSubject(Kind::email, base::lower(text));
}

std::optional<std::size_t> DataSubject::end_of(std::string_view text, std::size_t at, bool anywhere) const
{
  const char c = text[at];
  const bool may_begin =
      c == '\\' || c == '%' || (has_document() ? base::is_digit(c) : base::lower(c) == text_.front());
  if (!may_begin) return std::nullopt;
  if (!has_document()) {
    if (!anywhere && is_continued(text, at, belongs_to_address)) return std::nullopt;
    const auto end = end_of_address(text, at, text_);
    return end && (anywhere || !does_address_go_on(text, *end)) ? end : std::nullopt;
  }
  const bool is_first = !is_continued(text, at, is_digit);
  const auto is_last = [&](std::size_t end) { return !is_digit(text::character_at(text, end).code); };
  if (anywhere || is_first)
    if (const auto end = end_of_document(text, at, text_); end && (anywhere || is_last(*end))) return end;
  // Nine digits are in many a longer number.
  if (is_first)
    if (const auto end = end_of_number(text, at, text_); end && is_last(*end)) return end;
  return std::nullopt;
}

bool DataSubject::is_in(std::string_view text) const { return is_in(text, 0, false, false); }

bool DataSubject::is_in(std::string_view text, std::size_t from, bool more, bool anywhere) const
{
  for (std::size_t at = from; at < text.size(); ++at)
    if (const auto end = end_of(text, at, anywhere); end && (!more || *end + lookahead <= text.size()))
      return true;
  return false;
}

bool SubjectSearch::add(std::string_view piece)
{
  if (found_) return true;
  bytes_ += piece;
  found_ = subject_.is_in(bytes_, known_, !piece.empty(), anywhere_);
  // One that begins in the last bytes may not be whole yet; and what stands before it decides.
  if (bytes_.size() > 2 * overlap) {
    bytes_.erase(0, bytes_.size() - 2 * overlap);
    known_ = overlap;
  }
  return found_;
}

} // namespace postbackd::model
