#include "fanbase/access.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "text/form.hpp"

namespace postbackd::fanbase
{
namespace
{

constexpr std::chrono::minutes clearing_period{1};

// Returns the value of this field, or an empty text.
std::string field_of(const std::vector<text::FormField>& fields, std::string_view name)
{
  for (const text::FormField& field : fields)
    if (field.name.bytes() == name) return field.value.bytes();
  return {};
}

} // namespace

Access::Access(std::vector<Client> clients, std::chrono::seconds lifetime, std::size_t most_tokens,
               const base::Clock& clock)
    : clients_(std::move(clients)), lifetime_(lifetime), most_tokens_(most_tokens), clock_(clock)
{
}

void Access::add(const store::AccessToken& token)
{
  const std::lock_guard lock(mutex_);
  const base::TimePoint now = clock_.now();
  if (now - cleared_at_ > clearing_period) {
    std::erase_if(tokens_, [now](const auto& each) { return each.second.token.expires_at <= now; });
    cleared_at_ = now;
  }
  make_room(token.client);
  tokens_[token.digest] = {token, ++added_};
}

void Access::make_room(const std::string& client)
{
  std::size_t count = 0;
  auto first = tokens_.end();
  for (auto token = tokens_.begin(); token != tokens_.end(); ++token) {
    if (token->second.token.client != client) continue;
    ++count;
    if (first == tokens_.end() || token->second.number < first->second.number) first = token;
  }
  if (count >= most_tokens_) tokens_.erase(first);
}

bool Access::has_client(std::string_view id) const
{
  return std::any_of(clients_.begin(), clients_.end(),
                     [id](const Client& client) { return client.id == id; });
}

const Access::Client* Access::client_of_token_request(const http::RequestHead& head,
                                                      std::string_view form) const
{
  const auto fields = text::parse_form(base::Blob(std::string(form)));
  const std::string grant = field_of(fields, "grant_type");
  if (!grant.empty() && grant != "client_credentials") return nullptr;
  const auto authorization = head.only("Authorization");
  if (!authorization)
    return grant.empty() ? nullptr : find(field_of(fields, "client_id"), field_of(fields, "client_secret"));
  constexpr std::string_view scheme = "Basic ";
  if (!base::equal_ignoring_case(authorization->substr(0, scheme.size()), scheme)) return nullptr;
  const auto pair = base::from_base64(authorization->substr(scheme.size()));
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return nullptr;
  // Both are encoded as in a form.
  const auto decoded =
      text::parse_form(base::Blob("id=" + pair->substr(0, colon) + "&secret=" + pair->substr(colon + 1)));
  return find(field_of(decoded, "id"), field_of(decoded, "secret"));
}

const Access::Client* Access::find(const std::string& id, const std::string& secret) const
{
  const base::Sha256 digest = base::sha256(secret);
  const Client* found = nullptr;
  for (const Client& client : clients_)
    if (client.secret.matches(digest) && client.id == id) found = &client;
  return found;
}

store::AccessToken Access::make(const std::string& client, std::string& text) const
{
  text = base::to_hex(base::random_bytes(32));
  return {base::sha256(text), client, clock_.now() + lifetime_};
}

std::string Access::client_of(const http::RequestHead& head) const
{
  const auto given = head.only("AccessToken");
  if (!given || given->empty()) return {};
  // Searches by the digest, so that the time it takes reveals nothing to somebody who guesses.
  const base::Sha256 digest = base::sha256(*given);
  const std::lock_guard lock(mutex_);
  const auto token = tokens_.find(digest);
  return token == tokens_.end() || token->second.token.expires_at <= clock_.now()
             ? std::string()
             : token->second.token.client;
}

} // namespace postbackd::fanbase
