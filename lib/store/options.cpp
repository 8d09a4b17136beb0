#include "store/options.hpp"

namespace postbackd::store
{

// What stands before the `@` of a URI may have a password, and so may a word `password=`.
std::string StoreAddress::text() const
{
  if (!server) return path.string();
  std::string url = server->url;
  const std::size_t user = url.find("://");
  const std::size_t host = url.rfind('@');
  if (user != std::string::npos && host != std::string::npos) {
    const std::size_t colon = url.find(':', user + 3);
    if (colon < host) url.erase(colon, host - colon);
  }
  for (std::size_t at = url.find("password="); at != std::string::npos; at = url.find("password=", at + 12)) {
    const std::size_t end = url.find_first_of("& ", at);
    url.replace(at, end == std::string::npos ? end : end - at, "password=***");
  }
  return url;
}

} // namespace postbackd::store
