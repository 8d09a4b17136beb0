#include "api/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "api/problem.hpp"
#include "text/form.hpp"

namespace postbackd::api
{
namespace
{

constexpr std::int64_t longest_wait = 60;

} // namespace

std::string path_text(std::string_view segment)
{
  std::string escaped; // a plus is a plus in a path, and a space in a form
  for (const char c : segment)
    escaped += c == '+' ? "%2B" : c == '&' ? "%26" : c == '=' ? "%3D" : std::string(1, c);
  const std::vector<text::FormField> fields = text::parse_form(base::Blob(std::move(escaped)));
  return fields.empty() ? std::string() : std::string(fields.front().name.bytes());
}

Parameters::Parameters(std::string_view query, std::initializer_list<std::string_view> names)
{
  for (const text::FormField& field : text::parse_form(base::Blob(std::string(query)))) {
    const std::string name(field.name.bytes());
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw BadRequest(fmt::format("unknown parameter: expected {}",
                                   names.size() == 0 ? "none" : fmt::format("{}", fmt::join(names, ", "))),
                       name.substr(0, 40));
    if (!values_.emplace(name, std::string(field.value.bytes())).second)
      throw BadRequest("it occurs twice", name);
  }
}

std::optional<std::string> Parameters::text(std::string_view name) const
{
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

std::int64_t Parameters::number(std::string_view name, std::int64_t least, std::int64_t most,
                                std::int64_t otherwise) const
{
  const auto found = values_.find(name);
  if (found == values_.end()) return otherwise;
  const std::string& text = found->second;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
    throw BadRequest(fmt::format("expected a whole number from {} to {}", least, most), std::string(name));
  return value;
}

std::chrono::steady_clock::time_point Parameters::end_of_wait() const
{
  return std::chrono::steady_clock::now() + std::chrono::seconds(number("wait", 0, longest_wait, 0));
}

} // namespace postbackd::api
