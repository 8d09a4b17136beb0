#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/blob.hpp"
#include "base/clock.hpp"

namespace postbackd::http
{

// Returns the next piece of an answer, and an empty text at the end.
using Stream = std::function<boost::asio::awaitable<std::string>()>;
// Of a stream whose size is known, in bytes.
constexpr std::size_t largest_piece = 1 << 20;

// An answer: small, JSON, without internals of the server.
struct Response {
  unsigned status = 200; // 0: closes the connection without an answer, like a broken server
  std::string body;
  std::string allow;                                  // the allowed methods, for a 405
  std::optional<std::chrono::seconds> retry_after{};  // for a 503
  std::string_view content_type = "application/json"; // a literal
  std::string_view challenge{};                       // the scheme of a 401 (RFC 9110, 11.6.1); a literal
  std::string why{};                                  // the reason for a refusal: for the log, never sent
  base::Blob document{};                              // sent instead of the body if it is not empty
  Stream stream{};                                    // if set, sent instead of both
  std::optional<std::uint64_t> stream_size{};         // of the stream; absent: its end is not known
  std::vector<std::string> fields{};                  // further header fields, `NAME: VALUE`
  std::shared_ptr<void> held{};                       // released when the answer has been written
};

// Returns the phrase of a status: `Not Found`.
std::string_view reason_of(unsigned status);

// Returns a 200 with this JSON.
Response json_response(std::string body);

// Returns an answer with a constant text for this status, e.g. `{"error":"unauthorized"}`. The peer may know
// only that; the log has the rest.
Response error_response(unsigned status);

// Returns the bytes of the answer to an HTTP/1.1 request, without its document; without content only the
// header.
std::string to_bytes(const Response& response, bool keep_alive, base::TimePoint now,
                     bool with_content = true);

constexpr std::string_view continue_bytes = "HTTP/1.1 100 Continue\r\n\r\n";

} // namespace postbackd::http
