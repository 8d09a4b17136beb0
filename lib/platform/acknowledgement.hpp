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

// The platform's answer to a submission, or the outcome of the request.
struct Acknowledgement {
  using Outcome = model::SubmissionOutcome;

  Outcome outcome = Outcome::unknown;
  std::string query_id; // may be empty, even when accepted
  std::optional<std::int64_t> code;
  std::string message; // for people
  std::optional<std::chrono::seconds> retry_after;
  bool account_refused = false; // it is about our account, whatever was asked
};

// Decides by the code, never by the presence of a QueryId (docs/protocol.md, "Submit").
Acknowledgement acknowledgement_of(const http::ClientAnswer& answer);

// Codes up to this one are temporary errors (docs/protocol.md, "Status codes").
constexpr std::int64_t retryable_code = -1200;

// A code of the platform, with its message cleaned for people.
struct Code {
  std::int64_t code = 0;
  std::string message;

  std::string text() const;
};

// Returns the codes of `Status`: a map of lists of codes, or one object with a code.
std::vector<Code> codes_of(const text::JsonNode& status);
// Returns the first code that is not 0, else a 0; nothing if there is none.
std::optional<Code> worst_of(const std::vector<Code>& codes);

// Describes an answer that does not come from the platform, for people. Omits the body: it may come from
// anybody, or echo our request.
std::string description_of(const http::ClientAnswer& answer);

} // namespace postbackd::platform
