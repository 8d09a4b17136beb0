#include "model/fingerprint.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/digest.hpp"

namespace postbackd::model
{
namespace
{

constexpr std::size_t fingerprint_size = 16;

using Texts = std::vector<std::string>;

std::string trimmed(std::string_view text)
{
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

// Splits at the commas outside parentheses and braces.
Texts split(std::string_view text)
{
  Texts parts;
  int depth = 0;
  std::string part;
  for (const char c : text) {
    depth += (c == '(' || c == '{') - (c == ')' || c == '}');
    if (c == ',' && depth == 0)
      parts.push_back(trimmed(part)), part.clear();
    else
      part += c;
  }
  parts.push_back(trimmed(part));
  std::sort(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  return parts;
}

std::string only_letters_and_digits(std::string text)
{
  std::erase_if(text, [](unsigned char c) { return c < 0x80 && !std::isalnum(c); });
  return text;
}

// Returns `name{value}` without blanks around its parts, or nothing if the parameter has another form.
std::optional<std::string> normal_parameter(const std::string& parameter)
{
  const std::size_t open = parameter.find('{');
  if (open == std::string::npos || parameter.find('}') != parameter.size() - 1) return std::nullopt;
  const std::string name = trimmed(parameter.substr(0, open));
  std::string value = trimmed(parameter.substr(open + 1, parameter.size() - open - 2));
  if (name == "doc") value = only_letters_and_digits(std::move(value));
  return name + '{' + value + '}';
}

std::string normal_q(const std::string& q)
{
  Texts parameters;
  for (const std::string& part : split(q)) {
    const auto parameter = normal_parameter(part);
    if (!parameter) return q;
    parameters.push_back(*parameter);
  }
  std::sort(parameters.begin(), parameters.end());
  std::string text;
  for (const std::string& parameter : parameters)
    text += parameter;
  return text;
}

} // namespace

std::string fingerprint_of(const Submission& submission)
{
  std::string text = submission.api + '\n';
  for (const std::string& dataset : split(submission.datasets))
    text += dataset + ',';
  const base::Sha256 digest =
      base::sha256(text + '\n' + normal_q(submission.q) + '\n' + submission.parameters.value_or(""));
  return {reinterpret_cast<const char*>(digest.data()), fingerprint_size};
}

} // namespace postbackd::model
