#pragma once

#include <string_view>

#include "base/blob.hpp"

namespace postbackd::text
{

// Undoes a Content-Encoding: `gzip`, `x-gzip`, `deflate` (with or without its zlib wrapper), `identity` or
// none. Returns `invalid` if the coding is unknown, the bytes are corrupt or truncated, or the output exceeds
// `most` bytes.
base::Result<base::Blob> decode_content(const base::Blob& bytes, std::string_view coding, std::uint64_t most);

// Compresses with gzip (RFC 1952).
base::Blob gzip(const base::Blob& bytes);

} // namespace postbackd::text
