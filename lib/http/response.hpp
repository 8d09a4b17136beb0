#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/blob.hpp"
#include "base/clock.hpp"

namespace postbackd::http
{

// An answer: JSON, tiny, with nothing of the server's inside.
struct Response {
  unsigned status = 200; // 0: the connection ends without an answer, as that of a broken server
  std::string body;
  std::string allow;                                  // the methods, with a 405
  std::optional<std::chrono::seconds> retry_after{};  // with a 503
  std::string_view content_type = "application/json"; // a literal
  std::string_view challenge{};                       // the scheme of a 401 (RFC 9110, 11.6.1); a literal
  std::string why{};                                  // of a refusal: for the log, never sent
  base::Blob document{};                              // sent in place of the body, where it has bytes
};

// A 200 with this JSON.
Response json_response(std::string body);

// The constant text for this status: `{"error":"unauthorized"}`. What the peer may know; the log has the
// rest.
Response error_response(unsigned status);

// The bytes of the answer to an HTTP/1.1 request, without its document.
std::string to_bytes(const Response& response, bool keep_alive, base::TimePoint now);

constexpr std::string_view continue_bytes = "HTTP/1.1 100 Continue\r\n\r\n";

} // namespace postbackd::http
