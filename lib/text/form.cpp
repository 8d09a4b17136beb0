#include "text/form.hpp"

#include <algorithm>

namespace postbackd::text
{
namespace
{

int hex_digit(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode(std::string_view encoded)
{
  std::string bytes;
  bytes.reserve(encoded.size());
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    const char c = encoded[i];
    const int high = c == '%' && i + 2 < encoded.size() ? hex_digit(encoded[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(encoded[i + 2]) : -1;
    if (low >= 0) {
      bytes += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      bytes += c == '+' ? ' ' : c;
    }
  }
  return bytes;
}

} // namespace

std::vector<FormField> parse_form(std::string_view bytes)
{
  std::vector<FormField> fields;
  if (static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '&')) >= most_form_fields)
    return fields;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('&'), bytes.size());
    const std::string_view pair = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const bool has_value = equals != std::string_view::npos;
    fields.push_back(
        {decode(pair.substr(0, equals)), has_value ? decode(pair.substr(equals + 1)) : "", has_value});
  }
  return fields;
}

} // namespace postbackd::text
