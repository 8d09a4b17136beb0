#pragma once

#include <cstddef>
#include <string_view>

#include "model/envelope.hpp"

namespace postbackd::model
{

// A body as received, with its header fields.
struct EncodedBody {
  const base::Blob& bytes;
  std::string_view content_type;
  std::string_view content_encoding;
};

struct DecoderOptions {
  // The largest decompressed body, in bytes.
  std::size_t most_decoded = 256 << 20;
  // The largest UTF-8 copy, in bytes: one value of the store, whose limit is 1,000,000,000.
  std::size_t most_json = 600 << 20;
  // Treats valid UTF-8 with multi-byte sequences as UTF-8, whatever the label says.
  bool prefer_utf8 = true;
};

// Finds the document in the bytes by their content, not by their label (docs/protocol.md, "The postback"):
// bare JSON; a form with the document in a field of any name or as a lone key; a form of flat fields, which
// becomes an object of strings. Returns any other body as `undecodable`, with the reason, and with its
// QueryId if one can be found. Throws base::Failure only if the bytes of a spooled blob cannot be written to
// or read from disk.
Envelope decode(const EncodedBody& body, const DecoderOptions& options);

} // namespace postbackd::model
