#include "text/json_shortener.hpp"

#include "base/ascii.hpp"

namespace postbackd::text
{
namespace
{

bool is_number_character(char c)
{
  return base::is_digit(c) || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

} // namespace

std::string_view JsonShortener::next()
{
  piece_.clear();
  while (piece_.empty() && problem_.empty()) {
    const std::string_view bytes = reader_.next();
    if (bytes.empty()) break;
    for (const char c : bytes) {
      if (!feed(c)) return {};
      ++offset_;
    }
  }
  return piece_;
}

bool JsonShortener::fail(const char* problem)
{
  problem_ = problem;
  return false;
}

bool JsonShortener::feed(char c) { return in_string_ ? feed_string(c) : feed_outside(c); }

bool JsonShortener::feed_outside(char c)
{
  if (c == '\0') return fail("a NUL"); // a parser would treat it as the end
  number_ = is_number_character(c) ? number_ + 1 : 0;
  if (number_ > longest_number) return fail("a number of more than 4,096 characters");
  piece_ += c;
  if (c == '"') {
    in_string_ = true;
    unit_ = Unit::none;
    kept_ = 0;
  }
  return true;
}

// Leaves out whole units only: a character, an escape or a surrogate pair.
bool JsonShortener::feed_string(char c)
{
  switch (unit_) {
  case Unit::none:
    break;
  case Unit::plain:
    emit(c);
    if (!utf8_.feed({&c, 1})) return fail("bytes that are not UTF-8");
    if (utf8_.is_utf8()) unit_ = Unit::none;
    return true;
  default:
    emit(c);
    return feed_escape(c);
  }
  if (c == '"') {
    in_string_ = false;
    piece_ += c;
    return true;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20) return fail("a control character in a string");
  begin_unit(c == '\\' ? 12 : 4);
  emit(c);
  if (c == '\\') {
    unit_ = Unit::escape;
  } else if (byte >= 0x80) {
    utf8_ = {};
    if (!utf8_.feed({&c, 1})) return fail("bytes that are not UTF-8");
    unit_ = Unit::plain;
  }
  return true;
}

bool JsonShortener::feed_escape(char c)
{
  if (unit_ == Unit::escape) {
    hex_digits_ = 0;
    code_ = 0;
    unit_ = c == 'u' ? Unit::hex : Unit::none;
    return std::string_view("\"\\/bfnrtu").find(c) != std::string_view::npos ||
           fail("an unknown escape in a string");
  }
  if (unit_ == Unit::low_escape || unit_ == Unit::low_u) {
    if (c != (unit_ == Unit::low_escape ? '\\' : 'u')) return fail("half of a surrogate pair in a string");
    hex_digits_ = 0;
    code_ = 0;
    unit_ = unit_ == Unit::low_escape ? Unit::low_u : Unit::low_hex;
    return true;
  }
  return feed_hex(c);
}

bool JsonShortener::feed_hex(char c)
{
  if (base::hex_value(c) < 0) return fail("a broken \\u escape in a string");
  code_ = code_ * 16 + static_cast<unsigned>(base::hex_value(c));
  if (++hex_digits_ < 4) return true;
  const bool high = code_ >= 0xD800 && code_ <= 0xDBFF;
  const bool low = code_ >= 0xDC00 && code_ <= 0xDFFF;
  if (unit_ == Unit::low_hex && !low) return fail("half of a surrogate pair in a string");
  unit_ = high ? Unit::low_escape : Unit::none; // a lone low surrogate passes, as in RapidJSON
  return true;
}

void JsonShortener::begin_unit(std::size_t length) { emitting_ = kept_ + length <= longest_string; }

void JsonShortener::emit(char c)
{
  if (!emitting_) return;
  piece_ += c;
  ++kept_;
}

} // namespace postbackd::text
