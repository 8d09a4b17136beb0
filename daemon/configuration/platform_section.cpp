#include <fmt/format.h>

#include <algorithm>

#include "configuration/sections.hpp"
#include "text/hooks.hpp"

namespace postbackd
{
namespace
{

using namespace std::chrono_literals;

// Reads a required credential.
CredentialReference required(TomlSection& section, std::string_view key)
{
  const auto reference = credential(section, key);
  if (!reference && !section.has(key)) section.complain(key, "missing: \"credential:NAME\" or \"file:PATH\"");
  return reference.value_or(CredentialReference{});
}

void check_route(TomlSection& section, const Configuration& configuration, std::string& path)
{
  const auto has_path = [&path](const Reloadable::Route& route) { return route.path == path; };
  if (path.empty() && !configuration.live.routes.empty()) path = configuration.live.routes.front().path;
  if (std::none_of(configuration.live.routes.begin(), configuration.live.routes.end(), has_path))
    section.complain("route", fmt::format("there is no [[route]] with the path '{}'", path));
  if (!configuration.live.public_url)
    return section.complain("route", "[listen] public_url is not set: the platform must know where to post");
  try {
    text::write_hooks({{"web", *configuration.live.public_url + path}});
  } catch (const base::Failure& failure) {
    section.complain("route", failure.what());
  }
}

} // namespace

void read_platform(TomlSection& root, Configuration& configuration)
{
  auto section = root.table("platform");
  if (!section) return;
  PlatformSettings platform;
  set(platform.base_url, url(*section, "base_url"));
  platform.access_token = required(*section, "access_token");
  platform.token_id = required(*section, "token_id");
  set(platform.route, section->text("route"));
  if (section->one_of("hooks", {"postbacksecret", "authorization"}) == "authorization")
    platform.hooks = model::HooksForm::authorization;
  set(platform.resubmit, section->flag("resubmit"));
  set(platform.rate, section->number("rate", 0.001, 100'000));
  set(platform.concurrency, section->integer("concurrency", 1, 1000));
  set_duration(platform.expires, section->duration("expires", 1s, a_year));
  set(platform.timeout, section->duration("timeout", 1ms, an_hour));
  if (auto retry = section->table("retry")) read_retry(*retry, platform.retry);
  check_route(*section, configuration, platform.route);
  section->finish();
  configuration.fixed.platform = std::move(platform);
}

} // namespace postbackd
