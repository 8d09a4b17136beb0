#include "fanbase/endpoint.hpp"

namespace postbackd::fanbase
{

std::string text_of(const base::Blob& body)
{
  std::string text(body.size(), '\0');
  body.read(0, text.data(), text.size());
  return text;
}

} // namespace postbackd::fanbase
