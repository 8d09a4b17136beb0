#include "text/hooks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"

namespace postbackd::text
{
namespace
{

constexpr std::string_view names[] = {
    "web", "postbacksecret", "authorizationkey", "authorizationtoken", "authorizationmethod", "email"};

base::Error malformed(std::string what) { return {base::Errc::invalid, "hooks: " + std::move(what)}; }

// Says what is missing or wrong; returns an empty text if the hooks are complete.
std::string incomplete(const std::vector<Hook>& hooks)
{
  const std::string_view web = find_hook(hooks, "web");
  if (web.empty() && find_hook(hooks, "email").empty()) return "web{URL} is missing";
  if (!web.empty() && !web.starts_with("http://") && !web.starts_with("https://"))
    return "web{…} must be a URL that starts with http:// or https://";
  if (find_hook(hooks, "authorizationkey").empty() != find_hook(hooks, "authorizationtoken").empty())
    return "authorizationkey{…} and authorizationtoken{…} must be given together";
  return {};
}

} // namespace

bool is_hooks_character(char c)
{
  return base::is_letter(c) || base::is_digit(c) ||
         std::string_view("._~:/?=&-[]").find(c) != std::string_view::npos;
}

std::string write_hooks(const std::vector<Hook>& hooks)
{
  std::string text;
  for (const Hook& hook : hooks) {
    const auto wrong = std::find_if_not(hook.value.begin(), hook.value.end(), is_hooks_character);
    if (wrong != hook.value.end() || hook.value.empty())
      throw base::Failure(
          base::Errc::invalid,
          fmt::format("hooks: {}{{…}} cannot carry {}: letters, digits and . _ ~ : / ? = & - [ ] only",
                      hook.name, hook.value.empty() ? "an empty value" : fmt::format("'{}'", *wrong)));
    text += fmt::format("{}{}{{{}}}", text.empty() ? "" : ", ", hook.name, hook.value);
  }
  return text;
}

base::Result<std::vector<Hook>> parse_hooks(std::string_view text)
{
  std::vector<Hook> hooks;
  for (std::string_view rest = base::trimmed(text); !rest.empty();) {
    const std::size_t open = rest.find('{');
    const std::size_t close = rest.find('}', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos)
      return malformed(fmt::format("'{}' is not of the form name{{value}}", rest.substr(0, 40)));
    Hook hook{base::lower(base::trimmed(rest.substr(0, open))),
              std::string(rest.substr(open + 1, close - open - 1))};
    if (std::find(std::begin(names), std::end(names), hook.name) == std::end(names))
      return malformed(fmt::format("'{}' is not a known name", hook.name.substr(0, 40)));
    if (!find_hook(hooks, hook.name).empty()) return malformed(hook.name + " occurs twice");
    if (hook.value.empty()) return malformed(hook.name + "{} is empty");
    hooks.push_back(std::move(hook));
    rest = base::trimmed(rest.substr(close + 1));
    if (rest.empty()) break;
    if (rest.front() != ',') return malformed("a comma is missing after " + hooks.back().name + "{…}");
    rest = base::trimmed(rest.substr(1));
    if (rest.empty()) return malformed("nothing follows the last comma");
  }
  if (const std::string what = incomplete(hooks); !what.empty()) return malformed(what);
  return hooks;
}

std::string_view find_hook(const std::vector<Hook>& hooks, std::string_view name)
{
  const auto found =
      std::find_if(hooks.begin(), hooks.end(), [name](const Hook& hook) { return hook.name == name; });
  return found == hooks.end() ? std::string_view() : found->value;
}

} // namespace postbackd::text
