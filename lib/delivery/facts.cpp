#include "delivery/facts.hpp"

#include <fmt/format.h>

namespace postbackd::delivery
{
namespace
{

std::string printable(const std::string& text)
{
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7E || byte == '%')
      result += fmt::format("%{:02X}", byte);
    else
      result += c;
  }
  return result;
}

} // namespace

std::vector<std::pair<std::string, std::string>> facts_of(const Result& result)
{
  return {{"Event", result.event},
          {"Query-Id", printable(result.query_id)},
          {"Label", printable(result.label)},
          {"Api", printable(result.api)},
          {"Datasets", printable(result.datasets)},
          {"Status", result.status},
          {"Receipt", result.receipt ? std::to_string(*result.receipt) : std::string()},
          {"Route", printable(result.route)},
          {"Key", result.key},
          {"Attempt", std::to_string(result.attempt)},
          {"Handler", printable(result.handler)}};
}

} // namespace postbackd::delivery
