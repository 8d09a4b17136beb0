#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/blob.hpp"

// Sends requests with libcurl: verifies certificates against the system's store, takes proxies from the
// environment, does not follow redirects.
namespace postbackd::http
{

struct ClientRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> fields; // "Name: value"
  base::Blob body;                 // sent if it is not empty or the method is POST
  std::chrono::milliseconds timeout{30'000};
  std::string ca_file;                  // PEM; empty: the system's certificates
  std::string unix_socket;              // connects to it, whatever the URL's host
  std::size_t most_received = 16 << 20; // of the answer's body, in bytes; a larger body is an error,
  bool drops_rest = false;              // or its rest is discarded
  bool expects_continue = false;        // sends Expect: 100-continue
  // Uses a new connection: libcurl resends a POST by itself if a reused connection closes without a byte.
  bool fresh_connection = false;
};

struct ClientAnswer {
  int status = 0;
  std::map<std::string, std::string> fields;       // names in lower case
  std::optional<std::chrono::seconds> retry_after; // Retry-After, in seconds or as a date (RFC 9110, 10.2.3)
  std::string body;
};

struct ClientOutcome {
  std::optional<ClientAnswer> answer;
  std::string error; // why there is no answer
  bool sent = false; // whether any byte of the request itself was sent, so that the peer may have acted on it
};

// Blocks until the answer is complete, the timeout passes, or a stop is requested.
ClientOutcome perform(const ClientRequest& request, std::stop_token stop = {});

} // namespace postbackd::http
