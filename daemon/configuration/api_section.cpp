#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "configuration/sections.hpp"

namespace postbackd
{
namespace
{

constexpr std::array<std::string_view, 4> scopes{"register", "submit", "read", "operate"};

Reloadable::ApiClient read_api_client(TomlSection& section, const std::vector<Reloadable::ApiClient>& others)
{
  Reloadable::ApiClient client;
  client.name = section.text("name").value_or("");
  if (client.name.empty() || client.name == "local")
    section.complain("name", "expected a name, and not \"local\", which is who uses the socket");
  for (const Reloadable::ApiClient& other : others)
    if (other.name == client.name)
      section.complain("name", "another client has this name, and would see its queries");
  client.tokens = credentials(section, "token");
  if (client.tokens.empty() && !section.has("token"))
    section.complain("token", "missing: \"credential:NAME\" or \"file:PATH\"");
  client.scopes = section.texts("scopes");
  if (client.scopes.empty())
    section.complain("scopes", "expected at least one of register, submit, read, operate");
  for (const std::string& scope : client.scopes)
    if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end())
      section.complain("scopes", fmt::format("'{}' is not one of {}", scope, fmt::join(scopes, ", ")));
  client.sees_all = section.one_of("sees", {"own", "all"}) == "all";
  set(client.requests_per_second, section.integer("requests_per_second", 1, 1'000'000));
  set(client.connections, section.integer("connections", 1, 100'000));
  set(client.waiting, section.integer("waiting", 0, 100'000));
  set(client.downloads, section.integer("downloads", 1, 10'000));
  set(client.unsent, section.size("unsent", 1 << 16, std::uint64_t{1} << 40));
  set(client.budget.per_day, section.integer("per_day", 0, 1'000'000'000));
  set(client.budget.per_month, section.integer("per_month", 0, 1'000'000'000));
  set(client.concurrency, section.integer("concurrency", 1, 1'000'000));
  set(client.rows_per_day, section.integer("rows_per_day", 1, 1'000'000'000));
  section.finish();
  return client;
}

// RFC 6454, 6.2: a scheme, a host and perhaps a port.
bool is_origin(std::string_view text)
{
  const std::size_t host = text.find("://");
  return (text.starts_with("https://") || text.starts_with("http://")) && text.size() > host + 3 &&
         text.find_first_of("/ *?#", host + 3) == std::string_view::npos;
}

// Anybody on the network path can read a token that is sent in clear text.
void check_encryption(TomlSection& section, const Configuration& configuration)
{
  const Fixed::Api& api = configuration.fixed.api;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(api.address, error);
  if (error) return section.complain("address", fmt::format("'{}' is not an IP address", api.address));
  if (api.port && !configuration.live.api_certificate && !address.is_loopback() && !api.insecure)
    section.complain("tls", "missing: tokens must not be sent in clear text beyond this host "
                            "(insecure = true, if something before it encrypts them)");
}

} // namespace

void read_api(TomlSection& root, Configuration& configuration)
{
  auto section = root.table("api");
  if (!section) return;
  Fixed::Api& api = configuration.fixed.api;
  Reloadable& live = configuration.live;
  set(api.socket, section->text("socket"));
  set(api.address, section->text("address"));
  set(api.port, section->integer("port", 0, 65535));
  if (auto tls = section->table("tls")) {
    live.api_certificate = tls_file(*tls, "certificate");
    live.api_private_key = tls_file(*tls, "private_key");
    tls->finish();
    if (!live.api_certificate || !live.api_private_key)
      section->complain("tls", "expected { certificate = \"FILE\", private_key = \"FILE\" }");
  }
  api.audit = section->duration("audit", std::chrono::days(1), a_year * 100);
  set(api.insecure, section->flag("insecure"));
  set(api.page, section->flag("page"));
  check_encryption(*section, configuration);
  live.api_origins = section->texts("origins");
  for (const std::string& origin : live.api_origins)
    if (!is_origin(origin))
      section->complain("origins", fmt::format("'{}' is not like https://app.example.com", origin));
  for (TomlSection& client : section->tables("client"))
    live.api_clients.push_back(read_api_client(client, live.api_clients));
  if (api.port && live.api_clients.empty() && !api.page)
    section->complain("client", "missing: a port needs [[api.client]], or page = true");
  if (api.page && !api.port) section->complain("page", "it needs a port");
  if (!api.port && !live.api_clients.empty())
    section->complain("port", "missing: clients have tokens for a port");
  section->finish();
}

} // namespace postbackd
