#include "model/envelope.hpp"

namespace postbackd::model
{

std::string_view to_text(Content content)
{
  switch (content) {
  case Content::result:
    return "result";
  case Content::notice:
    return "notice";
  case Content::undecodable:
    return "undecodable";
  }
  return "";
}

std::string_view to_text(DocumentStatus status)
{
  switch (status) {
  case DocumentStatus::ok:
    return "ok";
  case DocumentStatus::partial:
    return "partial";
  case DocumentStatus::failed:
    return "failed";
  }
  return "";
}

} // namespace postbackd::model
