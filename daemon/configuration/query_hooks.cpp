#include "configuration/query_hooks.hpp"

#include <algorithm>

namespace postbackd
{
namespace
{

// The caller's request is right: it is we who cannot answer now.
base::Secret read_key(const CredentialReference& key)
{
  try {
    return read_credential(key);
  } catch (const base::Failure& e) {
    throw base::Failure(base::Errc::unavailable, e.what());
  }
}

} // namespace

std::string hooks_of(const Reloadable& configuration, const std::filesystem::path& store,
                     const std::string& route_path, const std::string& correlation, model::HooksForm form)
{
  if (!configuration.public_url)
    throw base::Failure(
        base::Errc::invalid,
        "[listen] public_url is not set: set the URL at which the platform reaches this receiver");
  const auto has_path = [&](const Reloadable::Route& route) { return route.path == route_path; };
  const auto route = std::find_if(configuration.routes.begin(), configuration.routes.end(), has_path);
  if (route == configuration.routes.end())
    throw base::Failure(base::Errc::not_found, "there is no [[route]] with the path " + route_path);
  const CredentialReference key =
      route->query_keys.empty() ? CredentialReference{"file:" + query_key_path(store).string(), route->where}
                                : route->query_keys.front();
  return model::correlation_hooks(*configuration.public_url, route->path, read_key(key), correlation, form);
}

} // namespace postbackd
