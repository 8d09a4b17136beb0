#include <fmt/format.h>

#include "configuration_sections.hpp"

namespace postbackd
{
namespace
{

void check_platform(TomlSection section)
{
  url(section, "base_url");
  credential(section, "access_token");
  credential(section, "token_id");
  section.flag("ask_again");
  section.number("rate", 0.001, 100'000);
  section.integer("concurrency", 1, 1000);
  section.finish();
}

// Whether it is switched on.
bool check_fanbase(TomlSection section)
{
  for (TomlSection& client : section.tables("client")) {
    client.text("id");
    credential(client, "secret");
    client.finish();
  }
  section.flag("accept_unknown_documents");
  const bool enabled = section.flag("enabled").value_or(false);
  section.finish();
  return enabled;
}

} // namespace

void read_planned_sections(TomlSection& root, Configuration& configuration)
{
  const auto warn = [&](std::string_view key, const char* what) {
    configuration.warnings.push_back(
        fmt::format("{}: checked, but this version does not {}", root.where(key), what));
  };
  if (auto platform = root.table("platform")) {
    check_platform(*platform);
    warn("platform", "ask the platform");
  }
  if (auto fanbase = root.table("fanbase"))
    if (check_fanbase(*fanbase)) warn("fanbase", "serve Fanbase");
}

} // namespace postbackd
