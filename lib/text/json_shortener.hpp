#pragma once

#include <string>

#include "base/blob.hpp"
#include "text/charset.hpp"

namespace postbackd::text
{

// Yields JSON text piece by piece and cuts each string at longest_string: the rest of the string is checked
// (escapes, surrogate pairs, control characters, UTF-8) and left out. So a parser that holds whole strings
// and numbers in memory can read a document of any size.
class JsonShortener
{
public:
  static constexpr std::size_t longest_string = 4 << 10; // bytes as written
  static constexpr std::size_t longest_number = 4 << 10;

  explicit JsonShortener(const base::Blob& json) : reader_(json) {}

  // Returns the next piece; empty at the end, or if there is a problem(). Throws Failure.
  std::string_view next();
  // Says what is wrong with the text; empty if nothing is.
  const std::string& problem() const { return problem_; }
  // Returns how many bytes of the document the pieces so far stand for.
  std::uint64_t offset() const { return offset_; }

private:
  // What the next byte of a string is part of.
  enum class Unit { none, plain, escape, hex, low_escape, low_u, low_hex };

  bool feed(char c);
  bool feed_outside(char c);
  bool feed_string(char c);
  bool feed_escape(char c);
  bool feed_hex(char c);
  void begin_unit(std::size_t length);
  void emit(char c);
  bool fail(const char* problem);

  base::BlobReader reader_;
  std::string piece_;
  std::string problem_;
  std::uint64_t offset_ = 0;
  bool in_string_ = false;
  Unit unit_ = Unit::none;
  Utf8Check utf8_;
  bool emitting_ = true;   // whether the current unit is kept
  std::size_t kept_ = 0;   // bytes kept of the string
  std::size_t number_ = 0; // length of the run of number characters
  int hex_digits_ = 0;
  unsigned code_ = 0;
};

} // namespace postbackd::text
