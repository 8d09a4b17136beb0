#include "http/response.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>

namespace postbackd::http
{
namespace
{

struct Phrase {
  unsigned status;
  std::string_view reason;
  std::string_view error;
};

// RFC 9110, 15.
constexpr std::array phrases{
    Phrase{200, "OK", ""},
    Phrase{201, "Created", ""},
    Phrase{202, "Accepted", ""},
    Phrase{304, "Not Modified", ""},
    Phrase{400, "Bad Request", "malformed request"},
    Phrase{401, "Unauthorized", "unauthorized"},
    Phrase{403, "Forbidden", "forbidden"},
    Phrase{404, "Not Found", "not found"},
    Phrase{405, "Method Not Allowed", "method not allowed"},
    Phrase{408, "Request Timeout", "timeout"},
    Phrase{409, "Conflict", "conflict"},
    Phrase{410, "Gone", "gone"},
    Phrase{413, "Content Too Large", "body too large"},
    Phrase{417, "Expectation Failed", "expectation failed"},
    Phrase{429, "Too Many Requests", "too many requests"},
    Phrase{431, "Request Header Fields Too Large", "header too large"},
    Phrase{500, "Internal Server Error", "internal error"},
    Phrase{501, "Not Implemented", "transfer coding not implemented"},
    Phrase{503, "Service Unavailable", "try again later"},
};

// The platform retries on its own, unpublished schedule; this is a hint for other clients.
constexpr std::chrono::seconds try_again_after{5};

const Phrase& phrase_of(unsigned status)
{
  for (const Phrase& phrase : phrases)
    if (phrase.status == status) return phrase;
  return phrase_of(500);
}

// Returns `Sat, 31 Jan 2026 23:59:59 GMT` (RFC 9110, 5.6.7); formats it once per second and thread.
std::string_view http_date(base::TimePoint now)
{
  thread_local std::time_t made_for = -1;
  thread_local std::string text;
  const std::time_t second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (second == made_for) return text;
  text = fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(second));
  made_for = second;
  return text;
}

} // namespace

std::string_view reason_of(unsigned status) { return phrase_of(status).reason; }

Response json_response(std::string body)
{
  Response response;
  response.body = std::move(body);
  return response;
}

Response error_response(unsigned status)
{
  Response response = json_response(fmt::format(R"({{"error":"{}"}})", phrase_of(status).error));
  response.status = status;
  if (status == 503) response.retry_after = try_again_after;
  return response;
}

std::string to_bytes(const Response& response, bool keep_alive, base::TimePoint now, bool with_content)
{
  const Phrase& phrase = phrase_of(response.status);
  const std::uint64_t size = response.stream_size           ? *response.stream_size
                             : response.document.size() > 0 ? response.document.size()
                                                            : response.body.size();
  std::string bytes = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: {}\r\n", phrase.status,
                                  phrase.reason, http_date(now), response.content_type);
  if (response.status != 304)
    bytes += response.stream && !response.stream_size ? "Transfer-Encoding: chunked\r\n"
                                                      : fmt::format("Content-Length: {}\r\n", size);
  if (!response.challenge.empty()) bytes += fmt::format("WWW-Authenticate: {}\r\n", response.challenge);
  if (!response.allow.empty()) bytes += fmt::format("Allow: {}\r\n", response.allow);
  if (response.retry_after) bytes += fmt::format("Retry-After: {}\r\n", response.retry_after->count());
  for (const std::string& field : response.fields)
    bytes += field + "\r\n";
  bytes += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  if (with_content && !response.stream && response.document.size() == 0) bytes += response.body;
  return bytes;
}

} // namespace postbackd::http
