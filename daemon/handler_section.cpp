#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "configuration_sections.hpp"

namespace postbackd
{
namespace
{

using namespace std::chrono_literals;

// As it stands in rows, headers and file names.
bool is_handler_name(std::string_view name)
{
  const auto allowed = [](char c) {
    return base::is_letter(c) || base::is_digit(c) || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), allowed);
}

void read_match(TomlSection section, model::EventMatch& match)
{
  match.routes = section.texts("route");
  match.apis = section.texts("api");
  match.datasets = section.texts("dataset");
  match.labels = section.texts("label");
  match.statuses = section.texts("status");
  match.actions = section.texts("action");
  match.event_names = section.texts("event_name");
  for (const std::string& action : match.actions)
    if (action != "ticket-create" && action != "*")
      section.complain("action", "expected \"ticket-create\" or \"*\": others are not handed over");
  if (section.has("event") && (section.has("action") || section.has("event_name")))
    section.complain("event", "action and event_name ask for nothing else: make another [[handler]]");
  for (const std::string& status : match.statuses)
    if (status != "ok" && status != "partial" && status != "failed")
      section.complain("status", fmt::format("'{}' is not one of ok, partial, failed", status));
  for (const std::string& event : section.texts("event")) {
    const auto kind = model::event_kind_of(event);
    if (kind == model::EventKind::ticket_create || kind == model::EventKind::app_event)
      section.complain("event", fmt::format("'{}' is asked for with action = or event_name =", event));
    else if (kind)
      match.kinds.push_back(*kind);
    else
      section.complain(
          "event", fmt::format("'{}' is not one of result, notice, overdue, recovered, unmatched", event));
  }
  section.finish();
}

// The keys of the kinds that are built in; another kind's are its own affair.
const std::map<std::string, std::vector<std::string>> known_settings{
    {"exec", {"command", "kill_after"}},
    {"http", {"url", "signing_secret", "header"}},
    {"file", {"path"}},
    {"fanbase", {"url", "security_url", "client_id", "client_secret", "action"}}};
const std::vector<std::string> secret_settings{"signing_secret", "header", "client_secret"};

void read_settings(TomlSection& section, Configuration::Handler& handler)
{
  delivery::HandlerOptions& options = handler.configuration.options;
  const auto known = known_settings.find(options.kind);
  for (auto& [key, values] : section.rest()) {
    if (known != known_settings.end() &&
        std::find(known->second.begin(), known->second.end(), key) == known->second.end())
      section.complain(key, fmt::format("unknown key of a handler of the kind {}", options.kind));
    const bool is_secret =
        std::find(secret_settings.begin(), secret_settings.end(), key) != secret_settings.end();
    if (values.size() == 1 && is_credential_reference(values.front()))
      handler.secrets[key] = {values.front(), section.where(key)};
    else if (is_secret)
      section.complain(key,
                       "expected \"credential:NAME\" or \"file:PATH\": a secret itself does not belong here");
    else
      options.settings[key] = std::move(values);
  }
}

Configuration::Handler read_handler(TomlSection& section)
{
  Configuration::Handler handler;
  handler.where = section.where("name");
  delivery::HandlerConfiguration& configuration = handler.configuration;
  configuration.options.name = section.text("name").value_or("");
  if (!section.has("name"))
    section.complain("name", "missing");
  else if (!is_handler_name(configuration.options.name))
    section.complain("name", "expected up to 64 letters, digits and ._-");
  configuration.options.kind = section.text("kind").value_or("");
  if (!section.has("kind")) section.complain("kind", "missing: exec, http, file or fanbase");
  if (auto match = section.table("match")) read_match(*match, configuration.match);
  if (auto retry = section.table("retry")) read_retry(*retry, configuration.retry);
  set(configuration.options.timeout, section.duration("timeout", 1ms, a_year));
  set(configuration.concurrency, section.integer("concurrency", 1, 1000));
  set(configuration.circuit, section.integer("circuit", 1, any_count));
  configuration.in_order = section.one_of("order", {"arrival", "none"}) == "arrival";
  if (configuration.in_order && section.has("concurrency"))
    section.complain("concurrency", "order = \"arrival\" is one after the other");
  read_settings(section, handler);
  section.finish();
  return handler;
}

} // namespace

void read_retry(TomlSection section, model::RetryPolicy& retry)
{
  set(retry.first, section.duration("first", 1ms, a_year));
  set(retry.factor, section.number("factor", 1.0, 100.0));
  set(retry.max, section.duration("max", 1ms, a_year));
  set(retry.attempts, section.integer("attempts", 1, any_count));
  section.finish();
}

void read_handlers(TomlSection& root, Configuration& configuration)
{
  for (TomlSection& section : root.tables("handler")) {
    Configuration::Handler handler = read_handler(section);
    for (const Configuration::Handler& other : configuration.handlers)
      if (other.configuration.options.name == handler.configuration.options.name)
        section.complain("name", "there is another handler with this name");
    configuration.handlers.push_back(std::move(handler));
  }
}

} // namespace postbackd
