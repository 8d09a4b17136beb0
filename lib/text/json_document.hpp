#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace postbackd::text
{

// A value in a JsonDocument, which must outlive it; absent if nothing was found.
class JsonNode
{
public:
  JsonNode() = default;

  bool present() const { return value_ != nullptr; }
  bool is_object() const;
  bool is_array() const;
  bool is_string() const;
  bool is_null() const; // the literal

  // Returns the member of an object; ignores case, because the platform's documents vary it.
  JsonNode find(std::string_view name) const;
  // The same, but with exactly this spelling.
  JsonNode member(std::string_view name) const;
  // Returns the elements of an array; nothing for any other value.
  std::vector<JsonNode> elements() const;
  // Returns an object's members, in order; nothing for any other value.
  std::vector<std::pair<std::string_view, JsonNode>> members() const;
  // Returns the string; empty for any other value.
  std::string_view text() const;
  // Returns a whole number of at most 64 bits; nullopt for any other value.
  std::optional<std::int64_t> integer() const;
  // Returns true or false; nullopt for any other value.
  std::optional<bool> flag() const;
  // Returns the value as JSON text.
  std::string json() const;

private:
  friend class JsonDocument;
  explicit JsonNode(const void* value) : value_(value) {}

  const void* value_ = nullptr; // RapidJSON's
};

// A JSON text as a tree: for documents that are small, or must be held whole. Has the limits of scan_json.
class JsonDocument
{
public:
  static base::Result<JsonDocument> parse(std::string_view text);

  JsonNode root() const;

private:
  struct Tree;
  explicit JsonDocument(std::shared_ptr<const Tree> tree) : tree_(std::move(tree)) {}

  std::shared_ptr<const Tree> tree_;
};

} // namespace postbackd::text
