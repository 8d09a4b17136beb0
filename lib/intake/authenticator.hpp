#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "http/request.hpp"

namespace postbackd::intake
{

// `AuthorizationKey: KEY` with `Authorization: SCHEME TOKEN`, as the hooks string made the platform send it.
struct AuthorizationPair {
  base::Secret key;
  base::Secret token;
  std::string scheme; // "Bearer" or "Basic"; compared without regard to case
};

// What a route accepts; any one of them is enough, so that a rotation can overlap.
struct Credentials {
  std::vector<base::Secret> postbacksecrets;
  std::vector<AuthorizationPair> authorization;
  std::vector<base::Secret> query_keys; // for <route>/q/<correlation>; the first signs
};

// Decides by the header whether the sender may post. All comparisons take constant time and all accepted
// credentials are compared, whatever the first says. Empty, or the reason: for the log, never for the reply.
class Authenticator
{
public:
  explicit Authenticator(Credentials credentials) : credentials_(std::move(credentials)) {}

  // A route's own credentials, for its own path.
  std::string_view refusal(const http::RequestHead& head) const;
  // A correlation's secret, for its path: a route's credentials are not valid there.
  std::string_view refusal_for_correlation(const http::RequestHead& head, std::string_view correlation) const;

private:
  Credentials credentials_;
};

} // namespace postbackd::intake
