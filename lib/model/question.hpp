#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace postbackd::model
{

// What the platform is to be asked (asynchronous calls, "Exemplos").
struct Question {
  std::string api;                    // people, companies, …
  std::string datasets;               // several with commas between them
  std::string q;                      // `doc{…}`
  std::optional<std::string> label;   // the asker's own words
  std::optional<std::string> key;     // the asker's: with the same key it is the same question
  std::chrono::seconds deadline{600}; // from its submission on
};

// Why the platform would refuse it, as a sentence for people; empty when nothing is wrong with its form.
std::string problem_of(const Question& question);

// Whether the platform has an API of this name (asynchronous calls, "Funcionamento").
bool is_api(std::string_view name);

} // namespace postbackd::model
