#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace postbackd::model
{

// What the platform is to be asked (asynchronous calls, "Exemplos").
struct Submission {
  std::string api;                    // people, companies, …
  std::string datasets;               // several with commas between them
  std::string q;                      // `doc{…}`
  std::optional<std::string> label;   // the submitter's own words
  std::optional<std::string> key;     // the submitter's: with the same key it is the same submission
  std::chrono::seconds deadline{600}; // from its submission on
};

// The platform's answer to a submission.
enum class SubmissionOutcome {
  accepted,     // it may come without a QueryId
  refused,      // by its code: the same submission is refused again
  not_accepted, // it never arrived, or the platform will take it later
  unknown,      // it was sent, and no answer says what became of it
};

// Why the platform would refuse it, as a sentence for people; empty when nothing is wrong with its form.
std::string problem_of(const Submission& submission);

// Whether the platform has an API of this name (asynchronous calls, "Funcionamento").
bool is_api(std::string_view name);

} // namespace postbackd::model
