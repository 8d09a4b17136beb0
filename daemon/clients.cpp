#include "clients.hpp"

#include "configuration/api_clients.hpp"

namespace postbackd
{
namespace
{

// Of a client, beside those that wait.
constexpr std::size_t other_connections = 64;

using api::Client;
using api::Scope;

api::Scope scope_of(const std::string& word)
{
  return word == "register" ? Scope::registering
         : word == "submit" ? Scope::submitting
         : word == "read"   ? Scope::reading
                            : Scope::operating;
}

} // namespace

std::shared_ptr<Client> make_local_client()
{
  auto client = std::make_shared<Client>();
  client->name = "local";
  client->scopes = {Scope::registering, Scope::submitting, Scope::reading, Scope::operating};
  client->sees_all = true;
  client->connections = api::Quota(10'000);
  client->waiting = api::Quota(10'000);
  client->downloads = api::Quota(1'000);
  client->unsent = api::Quota(64 << 20);
  client->rows = api::DailyQuota(SIZE_MAX);
  client->requests = base::RateLimit(1'000'000, std::chrono::seconds(1));
  return client;
}

std::vector<std::shared_ptr<Client>> clients_of(const Reloadable& live)
{
  std::vector<std::shared_ptr<Client>> clients;
  std::vector<std::vector<base::Secret>> tokens = read_tokens(live, false);
  for (const Reloadable::ApiClient& one : live.api_clients) {
    const auto client = std::make_shared<Client>();
    client->name = one.name;
    for (const std::string& scope : one.scopes)
      client->scopes.insert(scope_of(scope));
    client->sees_all = one.sees_all;
    client->connections = api::Quota(one.connections.value_or(one.waiting + other_connections));
    client->waiting = api::Quota(one.waiting);
    client->downloads = api::Quota(one.downloads);
    client->unsent = api::Quota(one.unsent);
    client->rows = api::DailyQuota(one.rows_per_day);
    client->budget = one.budget;
    client->requests = base::RateLimit(one.requests_per_second, std::chrono::seconds(1));
    client->tokens = std::move(tokens[clients.size()]);
    clients.push_back(client);
  }
  return clients;
}

} // namespace postbackd
