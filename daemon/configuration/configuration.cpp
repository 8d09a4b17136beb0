#include "configuration/configuration.hpp"

#include <cstdlib>

namespace postbackd
{

std::string changed_tables(const Fixed& running, const Fixed& fresh)
{
  std::string text;
  const auto add = [&text](bool equal, const char* table) {
    if (!equal) text += (text.empty() ? "" : ", ") + std::string(table);
  };
  add(running.roles == fresh.roles && running.core_dumps == fresh.core_dumps, "[process]");
  add(running.store == fresh.store, "[store]");
  add(running.listen == fresh.listen, "[listen]");
  add(running.admin == fresh.admin, "[admin]");
  add(running.api == fresh.api, "[api]");
  add(running.queue_jobs == fresh.queue_jobs && running.queue_bytes == fresh.queue_bytes, "[limits] (queue)");
  add(running.deadline == fresh.deadline, "[queries]");
  add(running.handlers == fresh.handlers, "[[handler]]");
  add(running.platform == fresh.platform, "[platform]");
  add(running.fanbase == fresh.fanbase, "[fanbase]");
  return text;
}

std::string configuration_file()
{
  const char* file = std::getenv("POSTBACKD_CONFIG");
  return file && *file ? file : default_configuration_file;
}

store::StoreAddress Fixed::Store::address() const
{
  store::StoreAddress address(path);
  if (!url.empty()) address.server = store::ServerAddress{url, server_password()};
  return address;
}

std::string Fixed::Store::server_password() const { return password ? read_credential_text(*password) : ""; }

} // namespace postbackd
