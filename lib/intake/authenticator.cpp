#include "intake/authenticator.hpp"

#include "base/ascii.hpp"
#include "model/correlation.hpp"

namespace postbackd::intake
{
namespace
{

// The scheme and the text after it, without the spaces between them (RFC 9110, 11.4).
struct Authorization {
  std::string_view scheme;
  std::string_view token;
};

Authorization split(std::string_view value)
{
  const std::size_t space = value.find(' ');
  if (space == std::string_view::npos) return {value, {}};
  const std::size_t token = value.find_first_not_of(' ', space);
  return {value.substr(0, space), token == std::string_view::npos ? "" : value.substr(token)};
}

bool matches_one(const std::vector<base::Secret>& secrets, std::string_view presented)
{
  const base::Sha256 digest = base::sha256(presented);
  bool matches = false;
  for (const base::Secret& secret : secrets)
    matches |= secret.matches(digest);
  return matches;
}

bool matches_one(const std::vector<AuthorizationPair>& pairs, std::string_view key, Authorization presented)
{
  const base::Sha256 key_digest = base::sha256(key);
  const base::Sha256 token_digest = base::sha256(presented.token);
  bool matches = false;
  for (const AuthorizationPair& pair : pairs) {
    const bool same_scheme = base::equal_ignoring_case(pair.scheme, presented.scheme);
    const bool same_key = pair.key.matches(key_digest);
    const bool same_token = pair.token.matches(token_digest);
    matches |= same_scheme & same_key & same_token;
  }
  return matches;
}

bool is_doubled(const http::RequestHead& head)
{
  return head.count("Postbacksecret") > 1 || head.count("Authorization") > 1 ||
         head.count("AuthorizationKey") > 1;
}

} // namespace

std::string_view Authenticator::refusal(const http::RequestHead& head) const
{
  if (credentials_.open) return {};
  if (is_doubled(head)) return "a credential occurs twice";
  const auto secret = head.only("Postbacksecret");
  const auto key = head.only("AuthorizationKey");
  const auto authorization = head.only("Authorization");
  const bool good_secret = secret && matches_one(credentials_.postbacksecrets, *secret);
  const bool good_pair =
      key && authorization && matches_one(credentials_.authorization, *key, split(*authorization));
  if (good_secret || good_pair) return {};
  if (secret) return "wrong Postbacksecret";
  if (key && authorization) return "wrong AuthorizationKey or Authorization";
  if (authorization) return "Authorization without AuthorizationKey";
  return "no credentials";
}

std::string_view Authenticator::refusal_for_correlation(const http::RequestHead& head,
                                                        std::string_view correlation) const
{
  if (is_doubled(head)) return "a credential occurs twice";
  auto presented = head.only("Postbacksecret");
  const auto authorization = head.only("Authorization");
  if (!presented && authorization && head.only("AuthorizationKey") == correlation)
    presented = split(*authorization).token;
  if (!presented)
    return "no Postbacksecret, and no Authorization with the correlation as its AuthorizationKey";
  const base::Sha256 digest = base::sha256(*presented);
  bool matches = false;
  for (const base::Secret& key : credentials_.query_keys)
    matches |= base::Secret(model::correlation_secret(key, credentials_.path, correlation)).matches(digest);
  if (!model::is_correlation(correlation)) return "not a valid correlation";
  return matches ? std::string_view() : "wrong secret for this query";
}

} // namespace postbackd::intake
