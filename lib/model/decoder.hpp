#pragma once

#include <cstddef>
#include <string_view>

#include "model/envelope.hpp"

namespace postbackd::model
{

// A body as it came, with what its header says of it.
struct EncodedBody {
  const base::Blob& bytes;
  std::string_view content_type;
  std::string_view content_encoding;
};

struct DecoderOptions {
  // What a Content-Encoding may grow to, in bytes.
  std::size_t most_decoded = 256 << 20;
  // What the UTF-8 copy may grow to, in bytes: a value of SQLite's is below 1,000,000,000.
  std::size_t most_json = 600 << 20;
  // Valid UTF-8 with multi-byte sequences is UTF-8, whatever the label says.
  bool prefer_utf8 = true;
};

// Finds the document in the bytes by their content, not by their label (protocol, 1.2): bare JSON; a form
// with the document in a field of any name or as a lone key; a form of flat fields, which becomes an object
// of strings. What fits nowhere is `undecodable`, with the reason, and with its QueryId where one can be
// found. Throws base::Failure only when the disk does not take or give the bytes of a spooled blob.
Envelope decode(const EncodedBody& body, const DecoderOptions& options);

} // namespace postbackd::model
