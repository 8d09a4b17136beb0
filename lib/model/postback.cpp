#include "model/postback.hpp"

namespace postbackd::model
{

std::string_view to_text(Kind kind)
{
  switch (kind) {
  case Kind::result:
    return "result";
  case Kind::notice:
    return "notice";
  case Kind::extra:
    return "extra";
  case Kind::unmatched:
    return "unmatched";
  case Kind::undecodable:
    return "undecodable";
  }
  return "";
}

std::string_view to_text(Source source) { return source == Source::http ? "http" : "log"; }

Kind kind_of(Content content, bool registered, bool answered)
{
  if (content == Content::undecodable) return Kind::undecodable;
  if (!registered) return Kind::unmatched;
  if (content == Content::notice) return Kind::notice;
  return answered ? Kind::extra : Kind::result;
}

} // namespace postbackd::model
