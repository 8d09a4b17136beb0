#include "configuration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "toml_section.hpp"

namespace postbackd
{
namespace
{

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds a_year = std::chrono::days(366);
constexpr std::chrono::milliseconds an_hour = 1h;
// SQLite holds a value below 1,000,000,000 bytes (SQLITE_MAX_LENGTH).
constexpr std::uint64_t largest_body = 900ULL << 20;
constexpr std::int64_t any_count = 1'000'000;

// Sets the member when the key is there and right.
template <class Member, class Value>
void set(Member& member, const std::optional<Value>& value)
{
  if (value) member = static_cast<Member>(*value);
}

template <class Duration>
void set_duration(Duration& member, const std::optional<std::chrono::milliseconds>& value)
{
  if (value) member = std::chrono::duration_cast<Duration>(*value);
}

std::optional<CredentialReference> credential(TomlSection& section, std::string_view key)
{
  const auto text = section.text(key);
  if (!text) return std::nullopt;
  if (!is_credential_reference(*text)) {
    section.complain(key, "expected \"credential:NAME\" or \"file:PATH\": a secret itself does not belong here");
    return std::nullopt;
  }
  return CredentialReference{*text, section.where(key)};
}

std::vector<CredentialReference> credentials(TomlSection& section, std::string_view key)
{
  std::vector<CredentialReference> references;
  for (const std::string& text : section.texts(key)) {
    if (is_credential_reference(text))
      references.push_back({text, section.where(key)});
    else
      section.complain(key, "expected \"credential:NAME\" or \"file:PATH\": a secret itself does not belong here");
  }
  return references;
}

bool is_url(const std::string& text) { return text.starts_with("https://") || text.starts_with("http://"); }

std::optional<std::string> url(TomlSection& section, std::string_view key)
{
  auto text = section.text(key);
  if (!text) return std::nullopt;
  if (!is_url(*text)) {
    section.complain(key, "expected a URL that begins with https:// or http://");
    return std::nullopt;
  }
  while (text->ends_with('/'))
    text->pop_back();
  return text;
}

void read_store(TomlSection section, Configuration::Store& store)
{
  set(store.path, section.text("path"));
  set_duration(store.look_back, section.duration("look_back", std::chrono::days(1), a_year));
  section.duration("keep", std::chrono::days(1), a_year * 100);
  set(store.busy_timeout, section.duration("busy_timeout", 1ms, an_hour));
  section.finish();
}

void read_listen(TomlSection section, Configuration& configuration)
{
  Configuration::Listen& listen = configuration.listen;
  if (section.has("address")) listen.addresses = section.texts("address");
  if (listen.addresses.empty()) section.complain("address", "expected at least one IP address");
  set(listen.port, section.integer("port", 0, 65535));
  set(listen.threads, section.integer("threads", 1, 64));
  if (auto text = url(section, "public_url")) listen.public_url = *text;
  if (auto tls = section.table("tls")) {
    tls->text("certificate");
    tls->text("private_key");
    tls->finish();
    section.complain("tls", "this version does not speak TLS: put a proxy that does in front, and remove the key");
  }
  section.finish();
}

void read_limits(TomlSection section, Configuration& configuration)
{
  http::Limits& limits = configuration.limits;
  set(limits.header, section.size("header", 512, 16 << 10));
  set(limits.connections, section.integer("connections", 1, any_count));
  set(limits.header_timeout, section.duration("header_timeout", 10ms, an_hour));
  set(limits.body_timeout, section.duration("body_timeout", 10ms, an_hour * 24));
  set(limits.idle_timeout, section.duration("idle_timeout", 10ms, an_hour * 24));
  set(limits.stop_timeout, section.duration("stop_timeout", 10ms, an_hour));
  set(configuration.body_limit, section.size("body", 1, largest_body));
  section.size("body_in_memory", 4 << 10, largest_body);
  set(configuration.queue_jobs, section.integer("queue", 1, any_count));
  set(configuration.queue_bytes, section.size("queue_bytes", 1 << 20, std::uint64_t{1} << 40));
  section.finish();
}

void read_queries(TomlSection section, Configuration& configuration)
{
  set_duration(configuration.deadline, section.duration("deadline", 1s, a_year));
  section.finish();
}

void read_log(TomlSection section, Configuration& configuration)
{
  using base::log::Level;
  const auto level = section.one_of("level", {"debug", "info", "warning", "error"});
  if (level)
    configuration.log_level = *level == "debug"     ? Level::debug
                              : *level == "info"    ? Level::info
                              : *level == "warning" ? Level::warning
                                                    : Level::error;
  section.finish();
}

// A path as it arrives: the characters of hooks URLs (protocol, 1.1), no pattern, nothing below /q/.
bool is_route_path(std::string_view path)
{
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._~-/").find(c) != std::string_view::npos;
  };
  return path.size() > 1 && path.starts_with('/') && !path.ends_with('/') &&
         path.find("/q/") == std::string_view::npos && std::all_of(path.begin(), path.end(), allowed);
}

void read_authorization(TomlSection& section, Configuration::Route& route)
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

Configuration::Route read_route(TomlSection& section)
{
  Configuration::Route route;
  route.where = section.where("path");
  route.path = section.text("path").value_or("");
  if (!is_route_path(route.path))
    section.complain("path", "expected a path such as \"/postback\": letters, digits and ._~-/, none that ends in / or "
                             "has /q/ in it");
  route.postbacksecret = credentials(section, "postbacksecret");
  read_authorization(section, route);
  route.query_keys = credentials(section, "query_keys");
  route.deliver_unregistered = section.one_of("unregistered", {"keep", "deliver"}) == "deliver";
  set(route.prefer_utf8, section.flag("prefer_utf8"));
  if (!section.has("postbacksecret") && !section.has("authorization") && !section.has("query_keys"))
    section.complain("path", "the route has no credentials: give it postbacksecret, authorization or query_keys");
  section.finish();
  return route;
}

void read_routes(TomlSection& root, Configuration& configuration, Complaints& complaints)
{
  for (TomlSection& section : root.tables("route")) {
    Configuration::Route route = read_route(section);
    const auto same = [&route](const auto& other) { return other.path == route.path; };
    if (std::any_of(configuration.routes.begin(), configuration.routes.end(), same))
      section.complain("path", "there is another route with this path");
    configuration.routes.push_back(std::move(route));
  }
  if (!root.has("route")) complaints.push_back("no [[route]]: at least one is needed, with a path and credentials");
}

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
  each_one_of("event", {"result", "notice", "overdue", "recovered", "unmatched", "ticket-create", "app-event"});
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
  if (kind == "exec" && !section.has("command")) section.complain("command", "missing: the program and its arguments");
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

void check_admin(TomlSection section)
{
  section.text("socket");
  section.finish();
}

// What is planned and checked, but does nothing in this version: the operator must know.
void read_later_sections(TomlSection& root, Configuration& configuration)
{
  const auto warn = [&](std::string_view key, const char* what) {
    configuration.warnings.push_back(fmt::format("{}: checked, but this version does not {}", root.where(key), what));
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
  if (auto admin = root.table("admin")) check_admin(*admin);
}

void read_root(TomlSection root, Configuration& configuration, Complaints& complaints)
{
  if (auto section = root.table("store")) read_store(*section, configuration.store);
  if (auto section = root.table("listen")) read_listen(*section, configuration);
  if (auto section = root.table("limits")) read_limits(*section, configuration);
  if (auto section = root.table("queries")) read_queries(*section, configuration);
  if (auto section = root.table("log")) read_log(*section, configuration);
  read_routes(root, configuration, complaints);
  read_later_sections(root, configuration);
  root.finish();
}

toml::table parse(const std::filesystem::path& file)
{
  try {
    return toml::parse_file(file.string());
  } catch (const toml::parse_error& e) {
    const auto& begin = e.source().begin;
    if (begin.line == 0)
      throw ConfigurationError(fmt::format("{}: cannot be read: {}", file.string(), e.description()));
    throw ConfigurationError(fmt::format("{}:{}:{}: {}", file.string(), begin.line, begin.column, e.description()));
  }
}

// Moves, because a copied node forgets where it stood.
void merge(toml::table& into, toml::table&& from)
{
  for (auto&& [key, node] : from) {
    toml::node* present = into.get(key);
    if (present && present->is_table() && node.is_table())
      merge(*present->as_table(), std::move(*node.as_table()));
    else if (present && present->is_array_of_tables() && node.is_array_of_tables())
      for (toml::node& element : *node.as_array())
        present->as_array()->push_back(std::move(*element.as_table()));
    else
      node.visit([&, name = key.str()](auto& value) { into.insert_or_assign(name, std::move(value)); });
  }
}

std::vector<std::filesystem::path> additional_files(const std::filesystem::path& file)
{
  std::vector<std::filesystem::path> files;
  const auto directory = file.parent_path() / "conf.d";
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// systemd names the state directory; by hand it is where the unit would have it.
std::filesystem::path state_directory()
{
  const char* given = std::getenv("STATE_DIRECTORY");
  return given ? given : "/var/lib/postbackd";
}

} // namespace

Configuration load_configuration(const std::filesystem::path& file)
{
  toml::table root = parse(file);
  for (const auto& additional : additional_files(file))
    merge(root, parse(additional));
  Configuration configuration;
  Complaints complaints;
  read_root(TomlSection(root, "", complaints), configuration, complaints);
  if (!complaints.empty()) throw ConfigurationError(fmt::format("{}", fmt::join(complaints, "\n")));
  configuration.store.path = state_directory() / configuration.store.path;
  return configuration;
}

} // namespace postbackd
