#include "http/router.hpp"

#include <algorithm>
#include <optional>

namespace postbackd::http
{
namespace
{

// Removes the text up to the next slash from the front and returns it.
std::string_view take_segment(std::string_view& path)
{
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(std::min(segment.size() + 1, path.size()));
  return segment;
}

bool is_parameter(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

// Returns the parameters if the path matches the pattern.
std::optional<std::vector<std::string_view>> fit(std::string_view pattern, std::string_view path)
{
  std::vector<std::string_view> parameters;
  const auto slashes = [](std::string_view text) { return std::count(text.begin(), text.end(), '/'); };
  if (slashes(pattern) != slashes(path)) return std::nullopt;
  while (!pattern.empty()) {
    const std::string_view expected = take_segment(pattern);
    const std::string_view found = take_segment(path);
    if (is_parameter(expected) && !found.empty())
      parameters.push_back(found);
    else if (expected != found)
      return std::nullopt;
  }
  return path.empty() ? std::optional(parameters) : std::nullopt;
}

} // namespace

void Router::add(std::string method, std::string pattern, Endpoint& endpoint)
{
  rows_.push_back({std::move(method), std::move(pattern), &endpoint});
}

Router::Match Router::match(std::string_view method, std::string_view path) const
{
  Match match;
  for (const Row& row : rows_) {
    auto parameters = fit(row.pattern, path);
    if (!parameters) continue;
    // RFC 9110, 9.3.2: HEAD is GET without the content of the answer.
    if (row.method == method || (method == "HEAD" && row.method == "GET"))
      return {row.endpoint, std::move(*parameters), {}};
    match.allow += (match.allow.empty() ? "" : ", ") + row.method + (row.method == "GET" ? ", HEAD" : "");
  }
  return match;
}

} // namespace postbackd::http
