#include "configuration/toml_section.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/edit_distance.hpp"
#include "text/time.hpp"

namespace postbackd
{
namespace
{

// As people write it: 500ms, 30s, 10m, 2h, 30d.
std::string duration_text(std::chrono::milliseconds time)
{
  constexpr std::pair<std::int64_t, const char*> units[] = {
      {86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}};
  for (const auto& [length, unit] : units)
    if (time.count() >= length && time.count() % length == 0)
      return fmt::format("{}{}", time.count() / length, unit);
  return fmt::format("{}ms", time.count());
}

constexpr std::size_t farthest_typo = 2; // letters

std::string position(const toml::node& node)
{
  const auto& source = node.source();
  return fmt::format("{}:{}", source.path ? *source.path : "configuration", source.begin.line);
}

} // namespace

TomlSection::TomlSection(const toml::table& table, std::string name, Complaints& complaints)
    : table_(table), name_(std::move(name)), complaints_(complaints)
{
}

const toml::node* TomlSection::take(std::string_view key)
{
  known_.emplace(key);
  return table_.get(key);
}

std::string TomlSection::where(std::string_view key) const
{
  const toml::node* node = table_.get(key);
  return fmt::format("{}: {}{}{}", position(node ? *node : table_), name_, name_.empty() ? "" : " ", key);
}

void TomlSection::complain(std::string_view key, const std::string& what)
{
  complaints_.push_back(where(key) + ": " + what);
}

std::optional<std::string> TomlSection::text(std::string_view key)
{
  const toml::node* node = take(key);
  if (!node) return std::nullopt;
  if (auto value = node->value_exact<std::string>(); value && !value->empty()) return value;
  complain(key, "expected a non-empty text in quotes");
  return std::nullopt;
}

std::vector<std::string> TomlSection::texts(std::string_view key)
{
  const toml::node* node = take(key);
  if (!node) return {};
  if (!node->is_array()) {
    const auto one = text(key);
    return one ? std::vector{*one} : std::vector<std::string>{};
  }
  std::vector<std::string> values;
  for (const toml::node& element : *node->as_array()) {
    const auto value = element.value_exact<std::string>();
    if (value && !value->empty())
      values.push_back(*value);
    else
      complain(key, "expected non-empty texts in quotes");
  }
  return values;
}

std::map<std::string, std::vector<std::string>> TomlSection::rest()
{
  std::map<std::string, std::vector<std::string>> values;
  for (const auto& [key, node] : table_)
    if (!known_.contains(key.str())) values[std::string(key.str())] = texts(key.str());
  return values;
}

std::optional<std::string> TomlSection::one_of(std::string_view key,
                                               const std::vector<std::string_view>& words)
{
  auto value = text(key);
  if (!value || std::find(words.begin(), words.end(), *value) != words.end()) return value;
  complain(key, fmt::format("'{}' is not one of {}", *value, fmt::join(words, ", ")));
  return std::nullopt;
}

std::optional<bool> TomlSection::flag(std::string_view key)
{
  const toml::node* node = take(key);
  if (!node) return std::nullopt;
  if (const auto value = node->value_exact<bool>()) return value;
  complain(key, "expected true or false");
  return std::nullopt;
}

std::optional<double> TomlSection::number(std::string_view key, double least, double most)
{
  const toml::node* node = take(key);
  if (!node) return std::nullopt;
  const auto value = node->value<double>();
  if (node->is_number() && value && *value >= least && *value <= most) return value;
  complain(key, fmt::format("expected a number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<std::int64_t> TomlSection::integer(std::string_view key, std::int64_t least, std::int64_t most)
{
  const toml::node* node = take(key);
  if (!node) return std::nullopt;
  if (const auto value = node->value_exact<std::int64_t>(); value && *value >= least && *value <= most)
    return value;
  complain(key, fmt::format("expected a whole number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<std::chrono::milliseconds>
TomlSection::duration(std::string_view key, std::chrono::milliseconds least, std::chrono::milliseconds most)
{
  const auto written = text(key);
  if (!written) return std::nullopt;
  const auto value = text::parse_duration(*written);
  if (value && *value >= least && *value <= most) return value;
  complain(
      key,
      fmt::format("expected a duration such as \"500ms\", \"30s\", \"10m\", \"2h\" or \"30d\", from {} to {}",
                  duration_text(least), duration_text(most)));
  return std::nullopt;
}

std::optional<std::uint64_t> TomlSection::size(std::string_view key, std::uint64_t least, std::uint64_t most)
{
  const auto written = text(key);
  if (!written) return std::nullopt;
  const auto value = text::parse_size(*written);
  if (value && *value >= least && *value <= most) return value;
  complain(key, fmt::format(
                    "expected a size such as \"512\", \"64KiB\", \"1MiB\" or \"1GiB\", from {} to {} bytes",
                    least, most));
  return std::nullopt;
}

std::optional<TomlSection> TomlSection::table(std::string_view key)
{
  const toml::node* node = take(key);
  if (!node) return std::nullopt;
  const std::string name = name_.empty() ? fmt::format("[{}]", key) : fmt::format("{} {}", name_, key);
  if (const toml::table* table = node->as_table()) return TomlSection(*table, name, complaints_);
  complain(key, "expected a table");
  return std::nullopt;
}

std::vector<TomlSection> TomlSection::tables(std::string_view key)
{
  const toml::node* node = take(key);
  if (!node) return {};
  std::vector<TomlSection> sections;
  const std::string name = name_.empty() ? fmt::format("[[{}]]", key) : fmt::format("{} {}", name_, key);
  const toml::array* array = node->as_array();
  if (!array || !array->is_array_of_tables()) {
    if (!array || !array->empty()) complain(key, "expected tables");
    return {};
  }
  for (const toml::node& element : *array)
    sections.emplace_back(*element.as_table(), name, complaints_);
  return sections;
}

std::string TomlSection::suggestion(std::string_view key) const
{
  const auto nearest = std::min_element(known_.begin(), known_.end(), [key](const auto& a, const auto& b) {
    return base::edit_distance(a, key) < base::edit_distance(b, key);
  });
  if (nearest == known_.end() || base::edit_distance(*nearest, key) > farthest_typo) return {};
  return fmt::format(": did you mean {}?", *nearest);
}

void TomlSection::finish()
{
  for (const auto& [key, value] : table_)
    if (!known_.contains(key.str())) complain(key.str(), "unknown key" + suggestion(key.str()));
}

} // namespace postbackd
