#include "api/client.hpp"

#include <algorithm>

#include "api/problem.hpp"
#include "base/ascii.hpp"

namespace postbackd::api
{
namespace
{

bool has_lost(const Client& before, const Client& now)
{
  const auto has_token = [&now](const base::Secret& token) {
    return std::any_of(now.tokens.begin(), now.tokens.end(),
                       [&token](const base::Secret& other) { return token.is(other); });
  };
  return (before.sees_all && !now.sees_all) ||
         !std::includes(now.scopes.begin(), now.scopes.end(), before.scopes.begin(), before.scopes.end()) ||
         !std::all_of(before.tokens.begin(), before.tokens.end(), has_token);
}

} // namespace

bool may_close_only_unsent(const Client& client)
{
  if (client.may(Scope::operating)) return false;
  if (!client.may(Scope::submitting)) throw BadRequest("the client's scopes do not allow this", {}, 403);
  return true;
}

Access::Access(std::shared_ptr<Client> only) : by_token_(false) { clients_.push_back(std::move(only)); }

Access::Access(std::vector<std::shared_ptr<Client>> clients, Page page)
    : by_token_(true), clients_(std::move(clients)), page_(std::move(page))
{
}

void Access::succeed(const Access& before)
{
  for (const auto& old : before.clients_) {
    const auto now = std::find_if(clients_.begin(), clients_.end(),
                                  [&](const auto& client) { return client->name == old->name; });
    const bool goes_on = now != clients_.end() && !has_lost(*old, **now);
    if (now != clients_.end()) {
      (*now)->connections.succeed(old->connections);
      (*now)->waiting.succeed(old->waiting);
      (*now)->downloads.succeed(old->downloads);
      (*now)->lines.succeed(old->lines);
      (*now)->unsent.succeed(old->unsent);
      (*now)->rows.succeed(old->rows);
    }
    if (goes_on)
      (*now)->revoked = old->revoked;
    else
      *old->revoked = true;
  }
}

Access::Identity Access::look(const http::RequestHead& head) const
{
  constexpr std::string_view scheme = "Bearer ";
  if (!by_token_) return {clients_.front(), {}};
  if (head.count("Authorization") == 0) return of_session(head);
  const auto field = head.only("Authorization");
  if (!field || field->size() <= scheme.size() ||
      !base::equal_ignoring_case(field->substr(0, scheme.size()), scheme))
    return {};
  return {with_token(base::sha256(field->substr(scheme.size()))), {}};
}

std::shared_ptr<Client> Access::with_token(const base::Sha256& presented) const
{
  std::shared_ptr<Client> found;
  for (const auto& client : clients_)
    for (const base::Secret& token : client->tokens)
      if (token.matches(presented)) found = client;
  return found;
}

Access::Identity Access::of_session(const http::RequestHead& head) const
{
  if (!page_.sessions) return {};
  auto session = page_.sessions->find(head, Sessions::Clock::now());
  if (!session || (!only_reads(head) && !is_from_our_page(head))) return {};
  auto client = session->token ? with_token(*session->token) : page_.local;
  if (!client) return {};
  return {std::move(client), std::move(session)};
}

} // namespace postbackd::api
