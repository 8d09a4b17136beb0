#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/blob.hpp"

// Requests to others, by libcurl: certificates are verified against the system's store, proxies come from the
// environment, redirects are not followed.
namespace postbackd::http
{

struct ClientRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> fields; // "Name: value"
  base::Blob body;                 // sent where there is one, or where the method is POST
  std::chrono::milliseconds timeout{30'000};
  std::string unix_socket;              // connects there, whatever the URL's host
  std::size_t most_received = 16 << 20; // of the answer's body, in bytes; more is an error,
  bool drops_rest = false;              // or is thrown away
  bool expects_continue = false;        // with Expect: 100-continue
  // A connection of its own: libcurl resends a POST by itself when a kept connection closes without a byte.
  bool fresh_connection = false;
};

struct ClientAnswer {
  int status = 0;
  std::map<std::string, std::string> fields; // names in lower case
  std::optional<std::chrono::seconds>
      retry_after; // Retry-After, said in seconds or as a date (RFC 9110, 10.2.3)
  std::string body;
};

struct ClientOutcome {
  std::optional<ClientAnswer> answer;
  std::string error; // why there is none
  bool sent = false; // whether a byte of the request itself has left, so that the peer may have acted on it
};

// Blocks until the answer is complete, the time is over, or a stop is requested.
ClientOutcome perform(const ClientRequest& request, std::stop_token stop = {});

} // namespace postbackd::http
