#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace postbackd::model
{

// How much a client may submit, in days and months of UTC; absent: as much as it likes.
struct Budget {
  std::optional<std::int64_t> per_day{};
  std::optional<std::int64_t> per_month{};

  enum class Exceeded { none, day, month };
  bool operator==(const Budget&) const = default;
};

// A query that we send to the platform (asynchronous calls, "Exemplos").
struct Submission {
  std::string api;                     // people, companies, …
  std::string datasets;                // separated by commas
  std::string q;                       // `doc{…}`
  std::optional<std::string> label;    // chosen by the submitter
  std::optional<std::string> key;      // the submitter's: of one client, the same key is the same submission
  std::optional<std::string> metadata; // a JSON object of the submitter's, at most 4 KiB
  std::optional<std::string> group;    // the submitter's: queries that belong together
  std::optional<std::string> trace;    // TraceContext::text of the request that submits it
  std::optional<std::string> parameters;         // a JSON object: further members of the platform's request
  std::string client;                            // who submits; empty: a program on this host, by the file
  std::chrono::seconds deadline{600};            // counted from its submission
  std::optional<base::TimePoint> deadline_at{};  // in place of that, a time
  std::optional<base::TimePoint> expires_at{};   // it is not sent any more from then on
  std::optional<std::chrono::seconds> max_age{}; // the newest equal result may answer it, if it is this young
  Budget budget{};                               // of who submits
  bool again = false; // what has its key, and has ended without a result, is asked anew
  bool recover =
      false; // it may have been sent before: the platform's log is searched first, and has the last word
};

// The platform's answer to a submission.
enum class SubmissionOutcome {
  accepted,     // the answer may lack a QueryId
  refused,      // by its code or HTTP status: the same submission would be refused again
  not_accepted, // it never arrived, or the platform may accept it later
  unknown,      // it was sent, but no answer tells the outcome
};

// The most bytes of `metadata` and of `parameters`.
constexpr std::size_t longest_object = 4 << 10;

// Returns whether a query may have this label: up to 1 KiB of UTF-8 without control characters.
bool is_label(const std::string& text);

// Returns why the platform would refuse the submission, as a message for users; empty if its form is valid.
std::string problem_of(const Submission& submission);

// Returns whether the platform has an API of this name (asynchronous calls, "Funcionamento").
bool is_api(std::string_view name);

} // namespace postbackd::model
