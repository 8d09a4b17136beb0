#include "http/conditions.hpp"

#include <cstdlib>

#include "base/ascii.hpp"

namespace postbackd::http
{
namespace
{

// Calls take(element) for each element of a list, without the blanks around it (5.6.1).
template<class Take>
void each_element(std::string_view list, Take take)
{
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    take(base::trimmed(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

// The weight of `coding;q=0.5`: 1 without one (12.4.2).
double weight_of(std::string_view element)
{
  const std::size_t semicolon = element.find(';');
  if (semicolon == std::string_view::npos) return 1;
  const std::string_view parameter = base::trimmed(element.substr(semicolon + 1));
  if (!base::equal_ignoring_case(parameter.substr(0, 1), "q")) return 1;
  const std::string_view value = base::trimmed(parameter.substr(1));
  return value.starts_with('=') ? std::strtod(std::string(base::trimmed(value.substr(1))).c_str(), nullptr)
                                : 0;
}

} // namespace

bool accepts_gzip(const RequestHead& head)
{
  std::optional<double> named;
  std::optional<double> others;
  const std::string accepted = head.joined("Accept-Encoding");
  each_element(accepted, [&](std::string_view element) {
    const std::string_view coding = base::trimmed(element.substr(0, element.find(';')));
    if (base::equal_ignoring_case(coding, "gzip") || base::equal_ignoring_case(coding, "x-gzip"))
      named = weight_of(element);
    else if (coding == "*")
      others = weight_of(element);
  });
  return named.value_or(others.value_or(0)) > 0;
}

bool has_version(const RequestHead& head, std::string_view etag)
{
  bool has = false;
  const std::string known = head.joined("If-None-Match");
  each_element(known, [&](std::string_view element) {
    if (element.starts_with("W/")) element.remove_prefix(2);
    has |= element == "*" || element == etag;
  });
  return has;
}

} // namespace postbackd::http
