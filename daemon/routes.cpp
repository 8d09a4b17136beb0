#include "routes.hpp"

#include "base/digest.hpp"
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

std::vector<std::string> query_keys_of(const Reloadable::Route& route, const std::filesystem::path& store)
{
  std::vector<std::string> keys;
  for (const CredentialReference& reference : route.query_keys)
    keys.push_back(read_credential_text(reference));
  if (!keys.empty()) return keys;
  const auto path = query_key_path(store);
  make_query_key(path);
  return {read_credential_text({"file:" + path.string(), route.where})};
}

intake::Credentials read_credentials(const Reloadable::Route& route, const std::filesystem::path& store)
{
  intake::Credentials credentials;
  credentials.path = route.path;
  credentials.open = route.open;
  credentials.postbacksecrets = read_all(route.postbacksecret);
  for (const auto& pair : route.authorization)
    credentials.authorization.push_back({base::Secret(pair.key), read_credential(pair.token), pair.scheme});
  for (const std::string& key : query_keys_of(route, store))
    credentials.query_keys.emplace_back(key);
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

void agree_on_query_keys(store::Store& store, const Reloadable& live, const std::filesystem::path& path)
{
  for (const Reloadable::Route& route : live.routes) {
    const std::string what = "query_key " + route.path;
    if (route.query_keys.empty() && !std::filesystem::exists(query_key_path(path))) store.agree(what, {});
    std::vector<std::string> fingerprints;
    for (const std::string& key : query_keys_of(route, path))
      fingerprints.push_back(base::to_hex(base::sha256("postbackd query_key " + key)).substr(0, 16));
    store.agree(what, fingerprints);
  }
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
