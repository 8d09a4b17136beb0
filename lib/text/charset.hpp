#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/blob.hpp"

namespace postbackd::text
{

// Checks whether bytes are UTF-8, in pieces cut anywhere (Unicode 15, table 3-7).
class Utf8Check
{
public:
  // Returns false from the first invalid byte on.
  bool feed(std::string_view bytes);
  // Returns true if all input so far is complete UTF-8.
  bool is_utf8() const { return valid_ && left_ == 0; }
  bool is_ascii() const { return ascii_; }

private:
  bool step(unsigned char byte);

  bool valid_ = true;
  bool ascii_ = true;
  int left_ = 0; // bytes that the character still needs; the next is between low_ and high_
  unsigned char low_ = 0x80;
  unsigned char high_ = 0xBF;
};

Utf8Check check_utf8(const base::Blob& bytes);

// Returns the charset parameter of a Content-Type in lower case, without quotes; empty if there is none.
std::string charset_label(std::string_view content_type);

// The charset that a byte order mark at the front names, and the mark's length.
struct ByteOrderMark {
  std::string_view charset;
  std::size_t length;
};
std::optional<ByteOrderMark> byte_order_mark(std::string_view bytes);

// Appends the bytes to `out` as UTF-8. Converts ISO-8859-1 itself (0x80–0x9F are C1 controls), checks
// `utf-8` and `us-ascii`, and leaves other charsets to iconv. Returns `invalid` if the charset is unknown,
// the bytes are not valid in it, or `out` would exceed `most` bytes.
base::Result<void> to_utf8(const base::Blob& bytes, const std::string& charset, std::uint64_t most,
                           base::Blob& out);

// Returns whether UTF-8 text has the same bytes in this charset; `ascii` says that the text is all ASCII.
bool is_same_as_utf8(std::string_view charset, bool ascii);

// Returns false for the UTF-16, UTF-32 and UCS charsets, in which `{` is not the single byte 0x7B.
bool extends_ascii(std::string_view charset);

} // namespace postbackd::text
