#include "routes.hpp"

#include "http/tls.hpp"

namespace postbackd
{
namespace
{

std::vector<base::Secret> read_all(const std::vector<CredentialReference>& references)
{
  std::vector<base::Secret> secrets;
  for (const CredentialReference& reference : references)
    secrets.push_back(read_credential(reference));
  return secrets;
}

intake::Credentials read_credentials(const Reloadable::Route& route, const std::filesystem::path& store)
{
  intake::Credentials credentials;
  credentials.path = route.path;
  credentials.open = route.open;
  credentials.postbacksecrets = read_all(route.postbacksecret);
  for (const auto& pair : route.authorization)
    credentials.authorization.push_back({base::Secret(pair.key), read_credential(pair.token), pair.scheme});
  credentials.query_keys = read_all(route.query_keys);
  if (credentials.query_keys.empty()) {
    const auto path = query_key_path(store);
    make_query_key(path);
    credentials.query_keys.push_back(read_credential({"file:" + path.string(), route.where}));
  }
  return credentials;
}

std::shared_ptr<http::TlsContext> tls_context(const char* table,
                                              const std::optional<CredentialReference>& certificate,
                                              const std::optional<CredentialReference>& private_key)
{
  if (!certificate) return nullptr;
  return in_table(table, " tls", [&] {
    return http::make_tls_context(credential_path(*certificate), credential_path(*private_key));
  });
}

} // namespace

std::shared_ptr<http::TlsContext> tls_context(const Reloadable& live)
{
  return tls_context("[listen]", live.certificate, live.private_key);
}

std::shared_ptr<http::TlsContext> api_tls_context(const Reloadable& live)
{
  return tls_context("[api]", live.api_certificate, live.api_private_key);
}

void add_routes(http::Settings& settings, const Reloadable& live, const std::filesystem::path& store,
                intake::PostbackEndpoint::Dependencies dependencies, admin::Metrics& metrics)
{
  for (const Reloadable::Route& route : live.routes) {
    intake::RouteOptions options;
    options.path = route.path;
    options.credentials = read_credentials(route, store);
    options.allow = route.allow;
    options.body_limit = live.body_limit;
    options.decoder.most_decoded = live.body_limit;
    options.decoder.prefer_utf8 = route.prefer_utf8;
    options.deliver_unmatched = route.deliver_unregistered;
    dependencies.on_kept = metrics.route(route.path);
    auto endpoint = std::make_unique<intake::PostbackEndpoint>(std::move(options), dependencies);
    endpoint->add_to(settings.router);
    settings.endpoints.push_back(std::move(endpoint));
  }
}

} // namespace postbackd
