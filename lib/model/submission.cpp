#include "model/submission.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/ascii.hpp"
#include "text/charset.hpp"
#include "text/json_document.hpp"

namespace postbackd::model
{
namespace
{

constexpr std::string_view apis[] = {"addresses", "companies", "lawsuits",    "marketplace", "ondemand",
                                     "people",    "products",  "validations", "vehicles"};
constexpr std::size_t longest_q = 16 << 10;
constexpr std::size_t longest_name = 1 << 10;

// Returns whether `q` has at least one `name{value}`; between them any text may stand, as for the platform.
bool has_parameter(std::string_view q)
{
  const std::size_t open = q.find('{');
  const std::size_t close = q.find('}', open == std::string_view::npos ? 0 : open);
  return open != std::string_view::npos && open > 0 && close != std::string_view::npos && close > open + 1 &&
         std::count(q.begin(), q.end(), '{') == std::count(q.begin(), q.end(), '}');
}

bool is_text(const std::string& text)
{
  text::Utf8Check check;
  check.feed(text);
  return check.is_utf8() &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

// They become members of the request, beside ours.
std::string problem_of_parameters(const std::string& parameters)
{
  const auto document = text::JsonDocument::parse(parameters);
  if (!document || !document->root().is_object() || parameters.size() > longest_object)
    return fmt::format("parameters: expected a JSON object of at most {} bytes", longest_object);
  std::set<std::string> names{"api", "datasets", "q", "hooks"};
  for (const auto& [name, value] : document->root().members())
    if (!names.insert(base::lower(name)).second)
      return fmt::format("parameters: '{}' is a member of the request already", name.substr(0, 40));
  return {};
}

} // namespace

bool is_api(std::string_view name)
{
  return std::find(std::begin(apis), std::end(apis), name) != std::end(apis);
}

bool is_label(const std::string& text) { return text.size() <= longest_name && is_text(text); }

std::string problem_of(const Submission& submission)
{
  for (const std::string* text : {&submission.api, &submission.datasets, &submission.q})
    if (!is_text(*text)) return "api, datasets and q: expected UTF-8 text without control characters";
  for (const std::optional<std::string>* text : {&submission.label, &submission.key, &submission.group})
    if (*text && !is_text(**text))
      return "label, key and group: expected UTF-8 text without control characters";
  if (!is_api(submission.api))
    return fmt::format("api: '{}' is not one of {}", submission.api.substr(0, 40), fmt::join(apis, ", "));
  if (submission.datasets.empty() || submission.datasets.size() > longest_name)
    return "datasets: expected names such as basic_data, separated by commas";
  if (submission.q.size() > longest_q || !has_parameter(submission.q))
    return "q: expected parameters such as doc{12345678900}";
  if (submission.label && submission.label->size() > longest_name)
    return fmt::format("label: expected at most {} bytes", longest_name);
  if (submission.group && (submission.group->empty() || submission.group->size() > longest_name))
    return fmt::format("group: expected 1 to {} bytes", longest_name);
  if (submission.key && (submission.key->empty() || submission.key->size() > longest_name))
    return fmt::format("key: expected 1 to {} bytes", longest_name);
  if (submission.deadline.count() < 1 || submission.deadline > std::chrono::days(366))
    return "deadline: expected a time from 1s to 366d";
  return submission.parameters ? problem_of_parameters(*submission.parameters) : std::string();
}

} // namespace postbackd::model
