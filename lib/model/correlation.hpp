#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"

// Per-query credentials without stored secrets (docs/configuration.md, "Per-query credentials"): a query's
// own URL is `<route>/q/<correlation>`, its own secret is HMAC-SHA256(key, the path of that URL below the
// public one: /postback/q/…).
namespace postbackd::model
{

// Returns the time in milliseconds and 80 random bits as 32 lower-case hexadecimal digits, which the hooks
// grammar can carry.
std::string new_correlation();
bool is_correlation(std::string_view text);

// Returns the Postbacksecret of this correlation below the route with this path: 64 hexadecimal digits. It is
// valid for this URL only.
std::string correlation_secret(const base::Secret& key, std::string_view route_path,
                               std::string_view correlation);

// How the platform presents the secret: postbacksecret{}, or authorizationkey{} and authorizationtoken{} with
// the correlation as the key.
enum class HooksForm { postbacksecret, authorization };

// Returns the `hooks` value that makes the platform post to this query's own URL with its own secret.
// `public_url` is the receiver's, without a trailing slash; `route_path` begins with one.
std::string correlation_hooks(std::string_view public_url, std::string_view route_path,
                              const base::Secret& key, std::string_view correlation,
                              HooksForm form = HooksForm::postbacksecret);

} // namespace postbackd::model
