#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/blob.hpp"

namespace postbackd::text
{

// Tells UTF-8 from other bytes as they come, in pieces cut anywhere (Unicode 15, table 3-7).
class Utf8Check
{
public:
  // False from the first byte on that cannot be.
  bool feed(std::string_view bytes);
  // Of all that has come: ended in the middle of a character, it is none.
  bool is_utf8() const { return valid_ && left_ == 0; }
  bool is_ascii() const { return ascii_; }

private:
  bool step(unsigned char byte);

  bool valid_ = true;
  bool ascii_ = true;
  int left_ = 0; // bytes that the character still needs; the next one lies within low_ and high_
  unsigned char low_ = 0x80;
  unsigned char high_ = 0xBF;
};

Utf8Check check_utf8(const base::Blob& bytes);

// The charset parameter of a Content-Type, lower case, without quotes; empty when there is none.
std::string charset_label(std::string_view content_type);

// The charset that a byte order mark at the front names, and the mark's length.
struct ByteOrderMark {
  std::string_view charset;
  std::size_t length;
};
std::optional<ByteOrderMark> byte_order_mark(std::string_view bytes);

// Appends the bytes to `out` as UTF-8. ISO-8859-1, where 0x80–0x9F are C1 controls, is converted here;
// `utf-8` and `us-ascii` are checked; everything else is iconv's. `invalid` when the charset is unknown, the
// bytes are not of it, or `out` would grow beyond `most` bytes.
base::Result<void> to_utf8(const base::Blob& bytes, const std::string& charset, std::uint64_t most,
                           base::Blob& out);

// Whether UTF-8 text is the same bytes in this charset; `ascii`: it has no other characters.
bool is_same_as_utf8(std::string_view charset, bool ascii);

// Whether `{` is the byte 0x7B in this charset, as in all but the 16 and 32 bit ones.
bool extends_ascii(std::string_view charset);

} // namespace postbackd::text
