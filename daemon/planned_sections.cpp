#include <fmt/format.h>

#include <algorithm>

#include "configuration_sections.hpp"

namespace postbackd
{
namespace
{

using namespace std::chrono_literals;

void check_match(TomlSection section)
{
  for (const char* key : {"route", "api", "dataset", "label", "action", "event_name"})
    section.texts(key);
  const auto each_one_of = [&section](const char* key, const std::vector<std::string_view>& words) {
    for (const std::string& value : section.texts(key))
      if (std::find(words.begin(), words.end(), value) == words.end())
        section.complain(key, fmt::format("'{}' is not one of {}", value, fmt::join(words, ", ")));
  };
  each_one_of("status", {"ok", "partial", "failed"});
  each_one_of("event",
              {"result", "notice", "overdue", "recovered", "unmatched", "ticket-create", "app-event"});
  section.finish();
}

void check_retry(TomlSection section)
{
  section.duration("first", 1ms, a_year);
  section.number("factor", 1.0, 100.0);
  section.duration("max", 1ms, a_year);
  section.integer("attempts", 1, any_count);
  section.finish();
}

// The keys that each kind of handler needs besides its name.
void check_kind(TomlSection& section)
{
  const auto kind = section.one_of("kind", {"exec", "http", "file", "fanbase"});
  if (!section.has("kind")) section.complain("kind", "missing: exec, http, file or fanbase");
  section.texts("command");
  url(section, "url");
  section.text("path");
  credential(section, "signing_secret");
  if (kind == "exec" && !section.has("command"))
    section.complain("command", "missing: the program and its arguments");
  if (kind == "http" && !section.has("url")) section.complain("url", "missing");
  if (kind == "file" && !section.has("path")) section.complain("path", "missing");
}

void check_handler(TomlSection& section)
{
  if (!section.has("name")) section.complain("name", "missing");
  section.text("name");
  check_kind(section);
  if (auto match = section.table("match")) check_match(*match);
  if (auto retry = section.table("retry")) check_retry(*retry);
  section.duration("timeout", 1ms, a_year);
  section.duration("kill_after", 1ms, an_hour);
  section.integer("concurrency", 1, 1000);
  section.integer("circuit", 1, any_count);
  section.one_of("order", {"arrival", "none"});
  section.finish();
}

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
  auto handlers = root.tables("handler");
  for (TomlSection& handler : handlers)
    check_handler(handler);
  if (!handlers.empty()) warn("handler", "hand results over: read them from the store");
  if (auto platform = root.table("platform")) {
    check_platform(*platform);
    warn("platform", "ask the platform");
  }
  if (auto fanbase = root.table("fanbase"))
    if (check_fanbase(*fanbase)) warn("fanbase", "serve Fanbase");
}

} // namespace postbackd
