#include "text/spelling.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

namespace postbackd::text
{
namespace
{

constexpr std::size_t json_escape = 6; // \u0031
constexpr std::size_t form_escape = 3; // %31

std::optional<char32_t> hexadecimal(std::string_view digits)
{
  char32_t value = 0;
  for (const char c : digits) {
    const int digit = base::hex_value(c);
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<char32_t>(digit);
  }
  return value;
}

// The byte that is spelled here, plain or by a form.
struct Byte {
  unsigned char value;
  std::size_t length;
};

Byte byte_at(std::string_view text, std::size_t at)
{
  if (text[at] == '%' && text.size() - at >= form_escape)
    if (const auto value = hexadecimal(text.substr(at + 1, 2)))
      return {static_cast<unsigned char>(*value), form_escape};
  return {static_cast<unsigned char>(text[at]), 1};
}

// How many bytes follow the first one of a character in UTF-8; 0 for a byte that stands alone.
std::size_t bytes_after(unsigned char first)
{
  return first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
}

struct JsonEscape {
  char letter;
  char32_t code;
};
constexpr std::array json_escapes{JsonEscape{'/', '/'},  JsonEscape{'"', '"'},  JsonEscape{'\\', '\\'},
                                  JsonEscape{'n', '\n'}, JsonEscape{'t', '\t'}, JsonEscape{'r', '\r'},
                                  JsonEscape{'b', '\b'}, JsonEscape{'f', '\f'}};

std::optional<Character> json_escape_at(std::string_view text, std::size_t at)
{
  if (text[at] != '\\' || at + 1 >= text.size()) return std::nullopt;
  for (const JsonEscape& escape : json_escapes)
    if (text[at + 1] == escape.letter) return Character{escape.code, 2};
  if (text[at + 1] != 'u' || text.size() - at < json_escape) return std::nullopt;
  const auto code = hexadecimal(text.substr(at + 2, 4));
  if (!code) return std::nullopt;
  return Character{*code, json_escape};
}

} // namespace

Character character_at(std::string_view text, std::size_t at)
{
  if (at >= text.size()) return {};
  if (const auto escaped = json_escape_at(text, at)) return *escaped;
  const Byte first = byte_at(text, at);
  const std::size_t more = bytes_after(first.value);
  if (more == 0) return {first.value, first.length};
  char32_t code = first.value & (0x3FU >> more);
  std::size_t length = first.length;
  for (std::size_t i = 0; i < more; ++i) {
    if (at + length >= text.size()) return {first.value, first.length};
    const Byte next = byte_at(text, at + length);
    if ((next.value & 0xC0) != 0x80) return {first.value, first.length};
    code = code << 6 | (next.value & 0x3F);
    length += next.length;
  }
  return {code, length};
}

std::optional<char32_t> escaped_before(std::string_view text, std::size_t at)
{
  for (const std::size_t length : {json_escape, form_escape, std::size_t{2}}) {
    if (at < length || (text[at - length] != '\\' && text[at - length] != '%')) continue;
    const Character character = character_at(text, at - length);
    if (character.length == length) return character.code;
  }
  return std::nullopt;
}

} // namespace postbackd::text
