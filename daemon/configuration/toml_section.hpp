#pragma once

#include <toml++/toml.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace postbackd
{

// What is wrong in a configuration: all of it, each with file, line, key and what was expected.
using Complaints = std::vector<std::string>;

// A table of the configuration that is read key by key. What is wrong goes to the complaints, and the
// caller's default stands; a key that nobody asked for is a complaint too (finish).
class TomlSection
{
public:
  // `name` as people write it: `[store]`, `[[route]]`.
  TomlSection(const toml::table& table, std::string name, Complaints& complaints);

  bool has(std::string_view key) const { return table_.contains(key); }

  std::optional<std::string> text(std::string_view key);
  // A text, or an array of texts.
  std::vector<std::string> texts(std::string_view key);
  std::optional<std::string> one_of(std::string_view key, const std::vector<std::string_view>& words);
  // All keys that nobody has asked for: texts and arrays of texts.
  std::map<std::string, std::vector<std::string>> rest();
  std::optional<bool> flag(std::string_view key);
  std::optional<double> number(std::string_view key, double least, double most);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most);
  std::optional<std::chrono::milliseconds> duration(std::string_view key, std::chrono::milliseconds least,
                                                    std::chrono::milliseconds most);
  std::optional<std::uint64_t> size(std::string_view key, std::uint64_t least, std::uint64_t most);

  // Sub-tables; an absent one is nothing.
  std::optional<TomlSection> table(std::string_view key);
  std::vector<TomlSection> tables(std::string_view key);

  // `file:line: [store] path`: where the key stands, or where the table begins.
  std::string where(std::string_view key) const;
  void complain(std::string_view key, const std::string& what);
  // Complains of keys that were not asked for.
  void finish();

private:
  const toml::node* take(std::string_view key);

  const toml::table& table_;
  std::string name_;
  Complaints& complaints_;
  std::set<std::string, std::less<>> known_;
};

} // namespace postbackd
