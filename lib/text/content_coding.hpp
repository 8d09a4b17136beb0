#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace postbackd::text
{

// Undoes a Content-Encoding: `gzip`, `x-gzip`, `deflate` (with or without its zlib wrapper), `identity` or
// none. An error when the coding is another one, the bytes are broken or cut short, or more than `most` bytes
// come out.
base::Result<std::string> decode_content(std::string_view bytes, std::string_view coding, std::size_t most);

} // namespace postbackd::text
