#include "api/client.hpp"

#include "base/ascii.hpp"

namespace postbackd::api
{

Access::Access(std::shared_ptr<Client> only) : by_token_(false) { clients_.push_back(std::move(only)); }

Access::Access(std::vector<std::shared_ptr<Client>> clients) : by_token_(true), clients_(std::move(clients))
{
}

std::shared_ptr<Client> Access::identify(const http::RequestHead& head) const
{
  constexpr std::string_view scheme = "Bearer ";
  if (!by_token_) return clients_.front();
  const auto field = head.only("Authorization");
  if (!field || field->size() <= scheme.size() ||
      !base::equal_ignoring_case(field->substr(0, scheme.size()), scheme))
    return nullptr;
  const base::Sha256 presented = base::sha256(field->substr(scheme.size()));
  std::shared_ptr<Client> found;
  for (const auto& client : clients_)
    for (const base::Secret& token : client->tokens)
      if (token.matches(presented)) found = client;
  return found;
}

} // namespace postbackd::api
