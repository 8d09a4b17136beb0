#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "http/client.hpp"
#include "text/json_document.hpp"

namespace postbackd::platform
{

// What an acknowledgement says, or what became of the request.
struct Acknowledgement {
  enum class Outcome {
    accepted,     // query_id may be missing
    refused,      // by its code: the same question is refused again
    not_accepted, // it never arrived, or the platform will take it later
    unknown,      // it has left, and no word came back that says what became of it
  };
  Outcome outcome = Outcome::unknown;
  std::string query_id;
  std::optional<std::int64_t> code;
  std::string message; // for people
  std::optional<std::chrono::seconds> retry_after;
};

// By its code, never by the presence of a QueryId (protocol, 1.1).
Acknowledgement judge(const http::ClientAnswer& answer);

// Codes from here downward are errors of the moment (protocol, 1.2).
constexpr std::int64_t retryable_code = -1200;

// A code of the platform's, with its message cleaned for people.
struct Code {
  std::int64_t code = 0;
  std::string message;

  std::string text() const;
};

// `Status`: a map of lists of codes, or one object with a code.
std::vector<Code> codes_of(const text::JsonNode& status);
// The first that is not 0, or a 0; nothing when there is none.
std::optional<Code> worst_of(const std::vector<Code>& codes);

// An answer that says nothing, for people. The body is not told: it may be anybody's, and repeat what we have
// sent.
std::string description_of(const http::ClientAnswer& answer);

} // namespace postbackd::platform
