#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "http/client.hpp"
#include "model/submission.hpp"
#include "text/json_document.hpp"

namespace postbackd::platform
{

// The platform's answer to a submission, or what became of the request.
struct Acknowledgement {
  using Outcome = model::SubmissionOutcome;

  Outcome outcome = Outcome::unknown;
  std::string query_id; // may be empty, also when accepted
  std::optional<std::int64_t> code;
  std::string message; // for people
  std::optional<std::chrono::seconds> retry_after;
};

// Decides by the code, never by the presence of a QueryId (docs/protocol.md, "Submit").
Acknowledgement acknowledgement_of(const http::ClientAnswer& answer);

// Codes from here downward are errors of the moment (docs/protocol.md, "Status codes").
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

// Describes an answer that is not the platform's, for people. Omits the body: it may be a stranger's, or echo
// our request.
std::string description_of(const http::ClientAnswer& answer);

} // namespace postbackd::platform
