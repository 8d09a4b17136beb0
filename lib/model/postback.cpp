#include "model/postback.hpp"

#include "base/words.hpp"

namespace postbackd::model
{

namespace
{

constexpr base::Words<PostbackKind, 5> kinds{{"result", "notice", "extra", "unmatched", "undecodable"}};
constexpr base::Words<PostbackSource, 2> sources{{"http", "log"}};

} // namespace

std::string_view to_text(PostbackKind kind) { return kinds.text(kind); }
std::optional<PostbackKind> postback_kind_of(std::string_view text) { return kinds.parse(text); }
std::string_view to_text(PostbackSource source) { return sources.text(source); }
std::optional<PostbackSource> postback_source_of(std::string_view text) { return sources.parse(text); }

PostbackKind kind_of(Content content, bool registered, bool answered)
{
  if (content == Content::undecodable) return PostbackKind::undecodable;
  if (!registered) return PostbackKind::unmatched;
  if (content == Content::notice) return PostbackKind::notice;
  return answered ? PostbackKind::extra : PostbackKind::result;
}

} // namespace postbackd::model
