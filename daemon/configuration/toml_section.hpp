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

// All errors of a configuration, each with its file, line, key and the expected value.
using Complaints = std::vector<std::string>;

// Reads a table of the configuration key by key. Errors go to the complaints, and the caller's default stays;
// a key that was never read is a complaint too (finish).
class TomlSection
{
public:
  // `name` as people write it: `[store]`, `[[route]]`.
  TomlSection(const toml::table& table, std::string name, Complaints& complaints);

  bool has(std::string_view key) const { return table_.contains(key); }

  std::optional<std::string> text(std::string_view key);
  // Reads a text or an array of texts.
  std::vector<std::string> texts(std::string_view key);
  std::optional<std::string> one_of(std::string_view key, const std::vector<std::string_view>& words);
  // Returns all keys that were not read yet: texts and arrays of texts.
  std::map<std::string, std::vector<std::string>> rest();
  std::optional<bool> flag(std::string_view key);
  std::optional<double> number(std::string_view key, double least, double most);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most);
  std::optional<std::chrono::milliseconds> duration(std::string_view key, std::chrono::milliseconds least,
                                                    std::chrono::milliseconds most);
  std::optional<std::uint64_t> size(std::string_view key, std::uint64_t least, std::uint64_t most);

  // Return sub-tables; nothing for an absent one.
  std::optional<TomlSection> table(std::string_view key);
  std::vector<TomlSection> tables(std::string_view key);

  // Returns the position of the key, `file:line: [store] path`, or of the table if the key is absent.
  std::string where(std::string_view key) const;
  void complain(std::string_view key, const std::string& what);
  // Complains of keys that were never read.
  void finish();

private:
  const toml::node* take(std::string_view key);
  // Returns `: did you mean …?` for a key that is nearly a known one.
  std::string suggestion(std::string_view key) const;

  const toml::table& table_;
  std::string name_;
  Complaints& complaints_;
  std::set<std::string, std::less<>> known_;
};

} // namespace postbackd
