#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "configuration/sections.hpp"
#include "text/json_pointer.hpp"

namespace postbackd
{
namespace
{

using namespace std::chrono_literals;

// The name must fit rows, headers and file names.
bool is_handler_name(std::string_view name)
{
  const auto allowed = [](char c) {
    return base::is_letter(c) || base::is_digit(c) || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), allowed);
}

// The document has one of these values at each of these places.
void read_values(TomlSection section, model::EventMatch& match)
{
  match.values = section.rest();
  for (const auto& [pointer, values] : match.values)
    if (!text::is_json_pointer(pointer))
      section.complain(pointer, "expected a JSON Pointer such as \"/Result/0/BasicData/TaxIdStatus\"");
    else if (values.empty())
      section.complain(pointer, "expected a text, or a list of texts: what may be there");
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
  if (auto values = section.table("values")) read_values(*values, match);
  for (const std::string& action : match.actions)
    if (action != "ticket-create" && action != "update_fandata" && action != "*")
      section.complain("action", "expected \"ticket-create\", \"update_fandata\" or \"*\"");
  if (section.has("event") && (section.has("action") || section.has("event_name")))
    section.complain("event", "cannot be combined with action or event_name: add another [[handler]]");
  for (const std::string& status : match.statuses)
    if (status != "ok" && status != "partial" && status != "failed")
      section.complain("status", fmt::format("'{}' is not one of ok, partial, failed", status));
  for (const std::string& event : section.texts("event")) {
    const auto kind = model::event_kind_of(event);
    if (kind == model::EventKind::ticket_create || kind == model::EventKind::update_fandata ||
        kind == model::EventKind::app_event)
      section.complain("event", fmt::format("use action = or event_name = for '{}'", event));
    else if (kind && kind != model::EventKind::era)
      match.kinds.push_back(*kind);
    else if (event == "final")
      match.kinds.insert(match.kinds.end(), model::final_events.begin(), model::final_events.end());
    else
      section.complain("event",
                       fmt::format("'{}' is not one of final, result, recovered, late, failed, lost, "
                                   "closed, erased, extra, notice, overdue, group, alert, unmatched",
                                   event));
  }
  section.finish();
}

void read_settings(TomlSection& section, HandlerSettings& handler, const delivery::HandlerRegistry* kinds)
{
  delivery::HandlerOptions& options = handler.configuration.options;
  const delivery::HandlerKeys* keys = kinds ? kinds->keys(options.kind) : nullptr;
  for (auto& [key, values] : section.rest()) {
    if (keys && !keys->names(key))
      section.complain(key, fmt::format("unknown key of a handler of kind {}", options.kind));
    if (!values.empty() && std::all_of(values.begin(), values.end(), is_credential_reference))
      for (const std::string& value : values)
        handler.secrets[key].push_back({value, {section.where(key)}});
    else if (keys && keys->is_secret(key))
      section.complain(key, expected_credential);
    else
      options.settings[key] = std::move(values);
  }
}

HandlerSettings read_handler(TomlSection& section, const delivery::HandlerRegistry* kinds)
{
  HandlerSettings handler;
  handler.where = {section.where("name")};
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
  set(configuration.rate, section.number("rate", 0.001, 10'000));
  set(configuration.circuit, section.integer("circuit", 1, any_count));
  configuration.in_order = section.one_of("order", {"arrival", "none"}) == "arrival";
  if (configuration.in_order && section.has("concurrency"))
    section.complain("concurrency", "order = \"arrival\" runs one delivery at a time: remove concurrency");
  read_settings(section, handler, kinds);
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

void read_handlers(TomlSection& root, Configuration& configuration, const delivery::HandlerRegistry* kinds)
{
  for (TomlSection& section : root.tables("handler")) {
    HandlerSettings handler = read_handler(section, kinds);
    for (const HandlerSettings& other : configuration.fixed.handlers)
      if (other.configuration.options.name == handler.configuration.options.name)
        section.complain("name", "another handler has this name");
    configuration.fixed.handlers.push_back(std::move(handler));
  }
}

} // namespace postbackd
