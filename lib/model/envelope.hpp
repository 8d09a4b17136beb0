#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/blob.hpp"

namespace postbackd::model
{

// The kind of a body's content, whoever sent the query.
enum class Content { result, notice, undecodable };

// ok: all status codes of the document are 0; partial: some are; failed: none is.
enum class DocumentStatus { ok, partial, failed };

// The decoded content of a postback.
struct Envelope {
  Content content = Content::undecodable;
  std::optional<std::string> query_id;
  std::optional<DocumentStatus> status; // absent when undecodable
  std::string charset;                  // the applied one; the label if none could be applied
  std::optional<base::Blob> json;       // UTF-8, if it differs from the received bytes
  std::string problem;                  // why it is undecodable, for users
};

std::string_view to_text(Content content);
std::string_view to_text(DocumentStatus status);

} // namespace postbackd::model
