#pragma once

#include <algorithm>
#include <string>
#include <string_view>

// Text of protocols: ASCII, whatever the locale.
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

} // namespace postbackd::base
