#pragma once

#include "base/clock.hpp"
#include "delivery/handler.hpp"

namespace postbackd::delivery
{

// kind = "http": POSTs the document, signed according to the Standard Webhooks specification
// (standardwebhooks.com, version 1.0.0: webhook-id, webhook-timestamp, webhook-signature), with the metadata
// as Postback-… fields. 2xx is done; 408, 425, 429, 5xx and a failed connection are retries, after
// Retry-After if given; everything else, redirects included, is dead. Settings: url, signing_secret
// (`whsec_…` or plain; one or several), header (one or several).
std::unique_ptr<Handler> make_http_handler(const HandlerOptions& options, const base::Clock& clock);
inline const HandlerKeys http_keys{{"url"}, {"signing_secret", "header"}};

} // namespace postbackd::delivery
