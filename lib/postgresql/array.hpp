#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace postbackd::postgresql
{

// A value `?N::TYPE[]` of a statement, in PostgreSQL's binary form; bind it as bytes. Its place in the
// statement must have a cast to the same type.
class Array
{
public:
  enum class Type { number, text, bytes, time };

  explicit Array(Type type);

  void add(std::int64_t number);
  void add(base::TimePoint time);
  void add(std::string_view text_or_bytes); // text without what PostgreSQL's text cannot hold
  void add_null();
  void add_unless_empty(std::string_view text) { text.empty() ? add_null() : add(text); }
  void add(const std::optional<std::string>& text) { text ? add(std::string_view(*text)) : add_null(); }

  // Valid until the next add().
  std::string_view bytes();

private:
  void add_element(std::string_view bytes);

  Type type_;
  std::uint32_t count_ = 0;
  bool has_null_ = false;
  std::string bytes_;
};

} // namespace postbackd::postgresql
