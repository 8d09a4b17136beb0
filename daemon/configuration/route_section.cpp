#include <algorithm>

#include "base/ascii.hpp"
#include "configuration/sections.hpp"
#include "text/hooks.hpp"

namespace postbackd
{
namespace
{

// Accepts a path as it arrives: the characters of hooks URLs (docs/protocol.md, "Hooks"), no pattern, nothing
// below /q/.
bool is_route_path(std::string_view path)
{
  const auto allowed = [](char c) {
    return base::is_letter(c) || base::is_digit(c) ||
           std::string_view("._~-/").find(c) != std::string_view::npos;
  };
  return path.size() > 1 && path.starts_with('/') && !path.ends_with('/') &&
         path.find("/q/") == std::string_view::npos && std::all_of(path.begin(), path.end(), allowed);
}

void read_authorization(TomlSection& section, Reloadable::Route& route)
{
  for (TomlSection& pair : section.tables("authorization")) {
    const auto key = pair.text("key");
    const auto token = credential(pair, "token");
    const auto scheme = pair.one_of("scheme", {"Bearer", "Basic"});
    if (!key && !pair.has("key")) pair.complain("key", "missing: the value of AuthorizationKey");
    if (!token && !pair.has("token")) pair.complain("token", "missing: a credential");
    pair.finish();
    if (key && token) route.authorization.push_back({*key, *token, scheme.value_or("Bearer")});
  }
}

Reloadable::Route read_route(TomlSection& section)
{
  Reloadable::Route route;
  route.where = {section.where("path")};
  route.path = section.text("path").value_or("");
  if (!is_route_path(route.path))
    section.complain(
        "path", "expected a path such as \"/postback\": letters, digits and ._~-/, without a / at its end "
                "and without /q/");
  route.postbacksecret = credentials(section, "postbacksecret");
  read_authorization(section, route);
  route.query_keys = credentials(section, "query_keys");
  route.deliver_unregistered = section.one_of("unregistered", {"keep", "deliver"}) == "deliver";
  route.allow = networks(section, "allow");
  set(route.prefer_utf8, section.flag("prefer_utf8"));
  set(route.open, section.flag("open"));
  const bool has_credentials = !route.postbacksecret.empty() || !route.authorization.empty();
  if (route.open && has_credentials)
    section.complain("open", "the route has credentials, which nobody would need: remove them, or open");
  if (!route.open && !has_credentials && route.query_keys.empty())
    section.complain("path",
                     "the route has no credentials: give it postbacksecret, authorization or query_keys; "
                     "or open = true, for hooks without a secret");
  section.finish();
  return route;
}

} // namespace

std::optional<CredentialReference> credential(TomlSection& section, std::string_view key)
{
  const auto text = section.text(key);
  if (!text) return std::nullopt;
  if (!is_credential_reference(*text)) {
    section.complain(key, expected_credential);
    return std::nullopt;
  }
  return CredentialReference{*text, {section.where(key)}};
}

std::vector<CredentialReference> credentials(TomlSection& section, std::string_view key)
{
  std::vector<CredentialReference> references;
  for (const std::string& text : section.texts(key)) {
    if (is_credential_reference(text))
      references.push_back({text, {section.where(key)}});
    else
      section.complain(key, expected_credential);
  }
  return references;
}

// The platform's hooks can carry these characters (docs/protocol.md, "Hooks": no escape of `{ } ,` is known).
std::optional<std::string> url(TomlSection& section, std::string_view key)
{
  auto text = section.text(key);
  if (!text) return std::nullopt;
  while (text->ends_with('/'))
    text->pop_back();
  const std::size_t host = text->find("://");
  const bool has_host =
      (text->starts_with("https://") || text->starts_with("http://")) && host + 3 < text->size();
  if (has_host && std::all_of(text->begin(), text->end(), text::is_hooks_character)) return text;
  section.complain(key,
                   "expected a URL that begins with https:// or http://, of letters, digits and ._~:/?=&-[]");
  return std::nullopt;
}

void read_routes(TomlSection& root, Configuration& configuration, Complaints& complaints)
{
  for (TomlSection& section : root.tables("route")) {
    Reloadable::Route route = read_route(section);
    const auto same = [&route](const auto& other) { return other.path == route.path; };
    if (std::any_of(configuration.live.routes.begin(), configuration.live.routes.end(), same))
      section.complain("path", "another route has this path");
    configuration.live.routes.push_back(std::move(route));
  }
  if (!root.has("route")) complaints.push_back("no [[route]]: add at least one, with a path and credentials");
}

} // namespace postbackd
