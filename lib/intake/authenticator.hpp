#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "http/request.hpp"

namespace postbackd::intake
{

// `AuthorizationKey: KEY` with `Authorization: SCHEME TOKEN`, which the platform sends as the hooks specify.
struct AuthorizationPair {
  base::Secret key;
  base::Secret token;
  std::string scheme; // "Bearer" or "Basic"; case is ignored
};

// The credentials that a route accepts; any one is enough, so that old and new ones can overlap.
struct Credentials {
  std::vector<base::Secret> postbacksecrets;
  std::vector<AuthorizationPair> authorization;
  bool open = false;                    // everybody may post to the route's own path
  std::string path;                     // of the route
  std::vector<base::Secret> query_keys; // for <path>/q/<correlation>; the first one signs
};

// Decides by the header whether the sender may post. Compares in constant time, and compares all accepted
// credentials even after a match. Returns an empty text or the reason: for the log, never for the reply.
class Authenticator
{
public:
  explicit Authenticator(Credentials credentials) : credentials_(std::move(credentials)) {}

  // Checks the route's credentials, for its own path.
  std::string_view refusal(const http::RequestHead& head) const;
  // Checks a correlation's secret, for its path: the route's credentials are not valid there.
  std::string_view refusal_for_correlation(const http::RequestHead& head, std::string_view correlation) const;

private:
  Credentials credentials_;
};

} // namespace postbackd::intake
