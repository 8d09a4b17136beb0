#include "store/postgresql/open_server.hpp"

namespace postbackd::store::postgresql
{

postbackd::postgresql::ConnectionOptions connection_options(const StoreAddress& address,
                                                            std::chrono::milliseconds lock_timeout,
                                                            std::chrono::milliseconds call_timeout)
{
  postbackd::postgresql::ConnectionOptions options;
  options.url = address.server->url;
  options.password = address.server->password;
  options.schema = schema_name;
  options.lock_timeout = lock_timeout;
  options.call_timeout = call_timeout;
  return options;
}

} // namespace postbackd::store::postgresql
