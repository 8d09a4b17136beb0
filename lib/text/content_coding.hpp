#pragma once

#include <string_view>

#include "base/blob.hpp"

namespace postbackd::text
{

// Undoes a Content-Encoding: `gzip`, `x-gzip`, `deflate` (with or without its zlib wrapper), `identity` or
// none. `invalid` when the coding is another one, the bytes are broken or cut short, or more than `most`
// bytes come out.
base::Result<base::Blob> decode_content(const base::Blob& bytes, std::string_view coding, std::uint64_t most);

} // namespace postbackd::text
