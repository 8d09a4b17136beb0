#include "model/submission_reader.hpp"

#include "base/error.hpp"
#include "text/time.hpp"

namespace postbackd::model
{
namespace
{

std::optional<std::string> text_of(const text::JsonNode& node)
{
  return node.present() ? std::optional(std::string(node.text())) : std::nullopt;
}

} // namespace

Submission read_submission(const text::JsonNode& object, std::chrono::seconds deadline)
{
  if (!object.is_object())
    throw base::Failure(
        base::Errc::invalid,
        R"(expected a JSON object such as {"api":"people","datasets":"basic_data","q":"doc{…}"})");
  Submission submission{.api = std::string(object.find("api").text()),
                        .datasets = std::string(object.find("datasets").text()),
                        .q = std::string(object.find("q").text()),
                        .label = text_of(object.find("label")),
                        .key = text_of(object.find("key")),
                        .deadline = deadline};
  if (const auto given = text_of(object.find("deadline"))) {
    const auto duration = text::parse_duration(*given);
    if (!duration) throw base::Failure(base::Errc::invalid, "deadline: expected a duration such as 10m");
    submission.deadline = std::chrono::duration_cast<std::chrono::seconds>(*duration);
  }
  if (const std::string problem = problem_of(submission); !problem.empty())
    throw base::Failure(base::Errc::invalid, problem);
  return submission;
}

} // namespace postbackd::model
