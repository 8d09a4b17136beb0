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

// A value within a JsonDocument, which must outlive it; absent where nothing was found.
class JsonNode
{
public:
  JsonNode() = default;

  bool present() const { return value_ != nullptr; }
  bool is_object() const;
  bool is_array() const;
  bool is_string() const;
  bool is_null() const; // the literal

  // The member of an object; upper and lower case are the same, as the platform's documents vary them.
  JsonNode find(std::string_view name) const;
  // The same, spelt exactly so.
  JsonNode member(std::string_view name) const;
  // Of an array; else nothing.
  std::vector<JsonNode> elements() const;
  // The values of an object's members; else nothing.
  std::vector<JsonNode> values() const;
  // Empty unless it is a string.
  std::string_view text() const;
  // Of a whole number within 64 bits.
  std::optional<std::int64_t> integer() const;
  // Of true or false.
  std::optional<bool> flag() const;
  // As JSON text.
  std::string json() const;

private:
  friend class JsonDocument;
  explicit JsonNode(const void* value) : value_(value) {}

  const void* value_ = nullptr; // RapidJSON's
};

// A JSON text as a tree: for what is small, or must be held whole. Bounded as scan_json is.
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
