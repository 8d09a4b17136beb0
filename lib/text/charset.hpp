#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postbackd::text
{

// Strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view bytes);
bool is_ascii(std::string_view bytes);

// The charset parameter of a Content-Type, lower case, without quotes; empty when there is none.
std::string charset_label(std::string_view content_type);

// The charset that a byte order mark at the front names, and the mark's length.
struct ByteOrderMark {
  std::string_view charset;
  std::size_t length;
};
std::optional<ByteOrderMark> byte_order_mark(std::string_view bytes);

// ISO-8859-1, where 0x80–0x9F are C1 controls, is converted here; `utf-8` and `us-ascii` are checked;
// everything else is iconv's. Nothing when the charset is unknown or the bytes are not of it.
std::optional<std::string> to_utf8(std::string_view bytes, const std::string& charset);

// Whether `{` is the byte 0x7B in this charset, as in all but the 16 and 32 bit ones.
bool extends_ascii(std::string_view charset);

} // namespace postbackd::text
