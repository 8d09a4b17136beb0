#include "configuration/warnings.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

namespace postbackd
{
namespace
{

// Shorter secrets can be guessed.
constexpr std::size_t short_secret = 16;

// Returns the host of `http://host:port/path`; an empty text for another scheme.
std::string plain_http_host(std::string_view url)
{
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme)) return {};
  url.remove_prefix(scheme.size());
  url = url.substr(0, url.find('/'));
  if (url.starts_with('[')) return std::string(url.substr(1, url.find(']') - 1));
  return std::string(url.substr(0, url.find(':')));
}

bool is_this_machine(const std::string& host)
{
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return error ? host == "localhost" : address.is_loopback();
}

class Warnings
{
public:
  void check_url(const std::string& where, const std::string& url, const char* what)
  {
    const std::string host = plain_http_host(url);
    if (!host.empty() && !is_this_machine(host))
      add(fmt::format("{}: {} travel to {} in clear text: use https://", where, what, host));
  }

  void check_secret(const CredentialReference& reference)
  {
    if (needs_the_unit(reference)) return;
    if (read_credential_text(reference).size() < short_secret)
      add(fmt::format("{}: the secret has less than {} characters: make one with `openssl rand -hex 32`",
                      reference.where.text, short_secret));
  }

  void check_route(const Reloadable::Route& route)
  {
    if (route.open)
      add(fmt::format("{}: open = true: {} can post results here without a secret", route.where.text,
                      route.allow.empty() ? "everybody" : "everybody at an allowed address"));
    for (const CredentialReference& reference : route.postbacksecret)
      check_secret(reference);
    for (const auto& pair : route.authorization)
      check_secret(pair.token);
  }

  void check_handler(const HandlerSettings& handler)
  {
    for (const char* key : {"url", "security_url"})
      check_url(handler.where.text, handler.configuration.options.text(key), "results and credentials");
  }

  void add(std::string warning) { warnings.push_back(std::move(warning)); }

  std::vector<std::string> warnings;
};

} // namespace

std::vector<CredentialReference> credentials_of(const Reloadable& live, const std::set<Role>& roles)
{
  std::vector<CredentialReference> references;
  if (roles.contains(Role::receive))
    for (const Reloadable::Route& route : live.routes) {
      references.insert(references.end(), route.postbacksecret.begin(), route.postbacksecret.end());
      references.insert(references.end(), route.query_keys.begin(), route.query_keys.end());
      for (const auto& pair : route.authorization)
        references.push_back(pair.token);
    }
  for (const Reloadable::ApiClient& client : live.api_clients)
    references.insert(references.end(), client.tokens.begin(), client.tokens.end());
  return references;
}

std::vector<CredentialReference> credentials_of(const Fixed& fixed)
{
  std::vector<CredentialReference> references;
  if (fixed.fanbase && fixed.roles.contains(Role::receive))
    for (const auto& client : fixed.fanbase->clients)
      references.push_back(client.secret);
  if (fixed.platform && fixed.roles.contains(Role::ask))
    references.insert(references.end(), {fixed.platform->access_token, fixed.platform->token_id});
  return references;
}

std::vector<CredentialReference> credentials_of(const Configuration& configuration)
{
  std::vector<CredentialReference> references = credentials_of(configuration.live, configuration.fixed.roles);
  for (CredentialReference& reference : credentials_of(configuration.fixed))
    references.push_back(std::move(reference));
  return references;
}

std::vector<std::string> warnings_of(const Configuration& configuration)
{
  Warnings found;
  if (configuration.live.public_url)
    found.check_url("[listen] public_url", *configuration.live.public_url, "results and secrets");
  const bool receives = configuration.fixed.roles.contains(Role::receive);
  for (const Reloadable::Route& route : configuration.live.routes)
    if (receives) found.check_route(route);
  if (const auto& platform = configuration.fixed.platform)
    found.check_url("[platform] base_url", platform->base_url, "the account's tokens");
  if (configuration.fixed.fanbase && receives)
    for (const auto& client : configuration.fixed.fanbase->clients)
      found.check_secret(client.secret);
  for (const HandlerSettings& handler : configuration.fixed.handlers)
    found.check_handler(handler);
  return found.warnings;
}

} // namespace postbackd
