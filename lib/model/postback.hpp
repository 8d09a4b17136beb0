#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "model/envelope.hpp"

namespace postbackd::model
{

// Names a kept postback for ever: its integer primary key, greater than those of earlier postbacks.
using Receipt = std::int64_t;

// The relation of a kept postback to its query (docs/schema.md).
enum class PostbackKind { result, notice, extra, unmatched, undecodable };
std::string_view to_text(PostbackKind kind);
std::optional<PostbackKind> postback_kind_of(std::string_view text);

enum class PostbackSource { http, log };
std::string_view to_text(PostbackSource source);
std::optional<PostbackSource> postback_source_of(std::string_view text);

// A postback to be kept.
struct Postback {
  base::TimePoint received_at;
  std::string route;                      // the route's path as configured
  std::string remote;                     // the sender's address
  std::optional<std::string> correlation; // proven by the query's own credentials
  std::string content_type;
  std::string content_encoding;
  PostbackSource source = PostbackSource::http;
  bool deliver_unmatched = false; // the route wants an event even if no query is registered
  base::Blob raw;                 // the bytes as received
  base::Sha256 sha256;            // of raw
  Envelope envelope;
};

// The outcome of keeping a postback. A repeat has the receipt and the kind of the first one.
struct Kept {
  Receipt receipt;
  PostbackKind kind;
  bool repeat;
  bool discarded = false; // its query was erased on request: the body is not kept
};

// Returns the kind of a postback whose query is `registered` or not, and already `answered` or not.
PostbackKind kind_of(Content content, bool registered, bool answered);

} // namespace postbackd::model
