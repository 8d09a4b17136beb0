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

intake::Credentials read_credentials(const Configuration::Route& route, const std::filesystem::path& store)
{
  intake::Credentials credentials;
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

} // namespace

std::shared_ptr<boost::asio::ssl::context> tls_context(const Configuration& configuration)
{
  const Configuration::Listen& listen = configuration.listen;
  return listen.certificate.empty() ? nullptr
                                    : http::make_tls_context(listen.certificate, listen.private_key);
}

void add_routes(http::Settings& settings, const Configuration& configuration,
                intake::PostbackEndpoint::Surroundings surroundings, admin::Metrics& metrics)
{
  for (const Configuration::Route& route : configuration.routes) {
    intake::RouteOptions options;
    options.path = route.path;
    options.credentials = read_credentials(route, configuration.store.path);
    options.allow = route.allow;
    options.body_limit = configuration.body_limit;
    options.decoder.most_decoded = configuration.body_limit;
    options.decoder.prefer_utf8 = route.prefer_utf8;
    options.deliver_unmatched = route.deliver_unregistered;
    surroundings.on_kept = metrics.route(route.path);
    auto endpoint = std::make_unique<intake::PostbackEndpoint>(std::move(options), surroundings);
    endpoint->add_to(settings.router);
    settings.endpoints.push_back(std::move(endpoint));
  }
}

} // namespace postbackd
