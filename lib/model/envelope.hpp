#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/blob.hpp"

namespace postbackd::model
{

// What a body says, whoever asked for it.
enum class Content { result, notice, undecodable };

// By the document's status codes: all 0, none 0, or some.
enum class DocumentStatus { ok, partial, failed };

// What is found in the bytes of a postback (architecture, "Words with one meaning").
struct Envelope {
  Content content = Content::undecodable;
  std::optional<std::string> query_id;
  std::optional<DocumentStatus> status; // absent when undecodable
  std::string charset;                  // the one that was applied; the label when none could be
  std::optional<base::Blob> json;       // UTF-8, where it differs from the bytes as they came
  std::string problem;                  // why it is undecodable: for people
};

std::string_view to_text(Content content);
std::string_view to_text(DocumentStatus status);

} // namespace postbackd::model
