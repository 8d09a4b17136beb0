#pragma once

#include <algorithm>
#include <string>
#include <string_view>

// Functions for protocol text: ASCII, independent of the locale.
namespace postbackd::base
{

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

inline std::string lower(std::string_view text)
{
  std::string result(text);
  for (char& c : result)
    c = lower(c);
  return result;
}

constexpr bool equal_ignoring_case(std::string_view left, std::string_view right)
{
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
// Returns the text without leading and trailing spaces and tabs.
constexpr std::string_view trimmed(std::string_view text)
{
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

// RFC 3986, 2.3, without `~`, because some programs encode it.
constexpr bool is_unreserved(char c)
{
  return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
}

// The digit of a value below 16.
constexpr char hex_digit(int value, bool upper = false)
{
  return (upper ? "0123456789ABCDEF" : "0123456789abcdef")[value];
}

// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char c)
{
  if (is_digit(c)) return c - '0';
  const char low = lower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

// Replaces each character for which `keep` returns false with `%XX`.
template<class Keep>
std::string percent_encoded(std::string_view text, Keep keep)
{
  std::string encoded;
  for (const char c : text) {
    if (keep(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', hex_digit(byte >> 4, true), hex_digit(byte & 0xF, true)};
  }
  return encoded;
}
inline std::string percent_encoded(std::string_view text) { return percent_encoded(text, is_unreserved); }

} // namespace postbackd::base
