#include "model/submission_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "base/error.hpp"
#include "text/time.hpp"

namespace postbackd::model
{
namespace
{

constexpr std::string_view members[] = {"api",     "datasets", "q",      "parameters", "label",
                                        "key",     "metadata", "group",  "deadline",   "expires",
                                        "max_age", "again",    "recover"};
constexpr std::string_view example = R"({"api":"people","datasets":"basic_data","q":"doc{…}"})";

// A submission costs money: a member that is misspelt or has another type is an error, and is never ignored.
void check_members(const text::JsonNode& object)
{
  for (const auto& [name, value] : object.members()) {
    const auto is_known = [&name = name](std::string_view member) {
      return base::equal_ignoring_case(member, name);
    };
    if (std::none_of(std::begin(members), std::end(members), is_known))
      throw base::Failure(base::Errc::invalid, fmt::format("unknown member '{}': expected {}",
                                                           name.substr(0, 40), fmt::join(members, ", ")));
    const bool is_flag =
        base::equal_ignoring_case(name, "recover") || base::equal_ignoring_case(name, "again");
    if (base::equal_ignoring_case(name, "metadata") || base::equal_ignoring_case(name, "parameters")) {
      if (!value.is_object() || value.json().size() > longest_object)
        throw base::Failure(base::Errc::invalid, fmt::format("{}: expected a JSON object of at most {} bytes",
                                                             name, longest_object));
      continue;
    }
    if (is_flag ? !value.flag().has_value() : !value.is_string() && !value.is_null())
      throw base::Failure(base::Errc::invalid,
                          fmt::format("{}: expected {}", name, is_flag ? "true or false" : "a text"));
  }
}

std::optional<std::string> object_of(const text::JsonNode& node)
{
  return node.is_object() ? std::optional(node.json()) : std::nullopt;
}

std::optional<std::string> text_of(const text::JsonNode& node)
{
  return node.is_string() ? std::optional(std::string(node.text())) : std::nullopt;
}

// A time to come, given as itself or as how long it is away.
std::optional<std::chrono::milliseconds> moment_of(const text::JsonNode& object, const char* name,
                                                   base::TimePoint now)
{
  const auto given = text_of(object.find(name));
  if (!given) return std::nullopt;
  const auto away = text::parse_deadline(*given, now);
  if (!away)
    throw base::Failure(base::Errc::invalid,
                        fmt::format("{}: expected a duration such as 10m, or a time to come such as "
                                    "2026-01-31T21:00:00-03:00",
                                    name));
  return away;
}

} // namespace

Submission read_submission(const text::JsonNode& object, std::chrono::seconds deadline, base::TimePoint now)
{
  if (!object.is_object())
    throw base::Failure(base::Errc::invalid, fmt::format("expected a JSON object such as {}", example));
  check_members(object);
  Submission submission{.api = std::string(object.find("api").text()),
                        .datasets = std::string(object.find("datasets").text()),
                        .q = std::string(object.find("q").text()),
                        .label = text_of(object.find("label")),
                        .key = text_of(object.find("key")),
                        .metadata = object_of(object.find("metadata")),
                        .group = text_of(object.find("group")),
                        .parameters = object_of(object.find("parameters")),
                        .deadline = deadline,
                        .again = object.find("again").flag().value_or(false),
                        .recover = object.find("recover").flag().value_or(false)};
  if (const auto away = moment_of(object, "deadline", now)) {
    if (text::parse_duration(object.find("deadline").text()))
      submission.deadline = std::chrono::duration_cast<std::chrono::seconds>(*away);
    else
      submission.deadline_at = now + *away;
  }
  if (const auto away = moment_of(object, "expires", now)) submission.expires_at = now + *away;
  if (const auto given = text_of(object.find("max_age"))) {
    const auto age = text::parse_duration(*given);
    if (!age) throw base::Failure(base::Errc::invalid, "max_age: expected a duration such as 24h");
    submission.max_age = std::chrono::duration_cast<std::chrono::seconds>(*age);
  }
  if (const std::string problem = problem_of(submission); !problem.empty())
    throw base::Failure(base::Errc::invalid, problem);
  return submission;
}

} // namespace postbackd::model
