#include <fmt/format.h>

#include "configuration_sections.hpp"

namespace postbackd
{
namespace
{

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
  if (auto fanbase = root.table("fanbase"))
    if (check_fanbase(*fanbase)) warn("fanbase", "serve Fanbase");
}

} // namespace postbackd
