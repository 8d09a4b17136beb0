#include <fmt/format.h>

#include "configuration/sections.hpp"
#include "model/submission.hpp"
#include "text/time.hpp"

namespace postbackd
{
namespace
{

using namespace std::chrono_literals;

FanbaseSettings::Client read_fanbase_client(TomlSection& section)
{
  FanbaseSettings::Client client;
  client.id = section.text("id").value_or("");
  if (client.id.empty()) section.complain("id", "missing");
  if (const auto secret = credential(section, "secret"))
    client.secret = *secret;
  else if (!section.has("secret"))
    section.complain("secret", "missing: \"credential:NAME\" or \"file:PATH\"");
  section.finish();
  return client;
}

} // namespace

void read_fanbase(TomlSection& root, Configuration& configuration)
{
  auto section = root.table("fanbase");
  if (!section) return;
  FanbaseSettings fanbase;
  for (TomlSection& client : section->tables("client"))
    fanbase.clients.push_back(read_fanbase_client(client));
  set(fanbase.accept_unknown_documents, section->flag("accept_unknown_documents"));
  if (const auto zone = section->text("event_zone")) {
    const auto ahead = text::parse_zone(*zone);
    if (!ahead) section->complain("event_zone", fmt::format("'{}' is not like \"-03:00\" or \"Z\"", *zone));
    set(fanbase.event_zone, ahead);
  }
  set_duration(fanbase.token_lifetime, section->duration("token_lifetime", 1s, a_year));
  set(fanbase.tokens, section->integer("tokens", 1, any_count));
  set(fanbase.body, section->size("body", 1 << 10, 16 << 20));
  set(fanbase.api, section->text("api"));
  set(fanbase.datasets, section->text("datasets"));
  if (!model::is_api(fanbase.api))
    section->complain("api", fmt::format("'{}' is not an API of the platform", fanbase.api));
  const bool enabled = section->flag("enabled").value_or(false);
  if (enabled && fanbase.clients.empty()) section->complain("client", "missing: add at least one client");
  section->finish();
  if (enabled) configuration.fixed.fanbase = std::move(fanbase);
}

} // namespace postbackd
