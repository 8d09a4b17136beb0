#include <boost/asio/ip/address.hpp>

#include "base/words.hpp"
#include "configuration/sections.hpp"

namespace postbackd
{
namespace
{

using namespace std::chrono_literals;

// Its UTF-8 copy of up to 600 MiB is still one value for the store's readers.
constexpr std::uint64_t largest_body = 300ULL << 20;

bool is_ip_address(const std::string& text)
{
  boost::system::error_code error;
  boost::asio::ip::make_address(text, error);
  return !error;
}

constexpr base::Words<Role, 4> role_words{{"receive", "deliver", "ask", "keep"}};

} // namespace

std::string_view to_text(Role role) { return role_words.text(role); }

std::optional<CredentialReference> tls_file(TomlSection& section, std::string_view key)
{
  const auto text = section.text(key);
  if (!text) return std::nullopt;
  return CredentialReference{is_credential_reference(*text) ? *text : "file:" + *text, {section.where(key)}};
}

std::vector<http::Network> networks(TomlSection& section, std::string_view key)
{
  std::vector<http::Network> result;
  for (const std::string& text : section.texts(key)) {
    if (const auto network = http::Network::parse(text))
      result.push_back(*network);
    else
      section.complain(
          key, "'" + text + "' is not an address or a network such as \"10.0.0.0/8\" or \"2001:db8::/32\"");
  }
  return result;
}

void read_process(TomlSection section, Configuration& configuration)
{
  if (section.has("roles")) configuration.fixed.roles.clear();
  for (const std::string& text : section.texts("roles")) {
    const auto role = role_words.parse(text);
    if (!role)
      section.complain("roles", "'" + text + "' is not one of receive, deliver, ask, keep");
    else
      configuration.fixed.roles.insert(*role);
  }
  if (configuration.fixed.roles.empty()) section.complain("roles", "expected at least one role");
  set(configuration.fixed.core_dumps, section.flag("core_dumps"));
  section.finish();
}

void read_store(TomlSection section, Configuration& configuration)
{
  Fixed::Store& store = configuration.fixed.store;
  if (section.has("path") && section.has("url"))
    section.complain("url", "a store is a file or a database: leave path or url out");
  set(store.path, section.text("path"));
  set(store.url, section.text("url"));
  if (section.has("url") && !store::is_server_url(store.url))
    section.complain("url", "expected " + std::string(store::server_url_form));
  store.password = credential(section, "password");
  set(store.commit_timeout, section.duration("commit_timeout", 100ms, an_hour));
  set(store.busy_timeout, section.duration("busy_timeout", 1ms, an_hour));
  set(store.create, section.flag("create"));
  section.finish();
}

void read_keep(TomlSection section, Configuration& configuration)
{
  using store::OldKind;
  const auto age = [&](std::string_view key) {
    return section.duration(key, std::chrono::days(1), a_year * 100);
  };
  configuration.live.keep_postbacks = age("postbacks");
  const std::pair<std::string_view, OldKind> others[] = {{"bodies", OldKind::bodies},
                                                         {"queries", OldKind::queries},
                                                         {"deliveries", OldKind::deliveries},
                                                         {"objects", OldKind::objects},
                                                         {"app_events", OldKind::app_events}};
  for (const auto& [key, kind] : others)
    if (const auto given = age(key)) configuration.live.keep_others[kind] = *given;
  section.finish();
}

void read_listen(TomlSection section, Configuration& configuration)
{
  Fixed::Listen& listen = configuration.fixed.listen;
  Reloadable& live = configuration.live;
  if (section.has("address")) listen.addresses = section.texts("address");
  if (listen.addresses.empty()) section.complain("address", "expected at least one IP address");
  for (const std::string& address : listen.addresses)
    if (!is_ip_address(address))
      section.complain("address", "'" + address + "' is not an IP address such as \"0.0.0.0\" or \"::1\"");
  set(listen.port, section.integer("port", 0, 65535));
  set(listen.threads, section.integer("threads", 1, 64));
  live.public_url = url(section, "public_url");
  live.trusted_proxies = networks(section, "trusted_proxies");
  if (auto tls = section.table("tls")) {
    live.certificate = tls_file(*tls, "certificate");
    live.private_key = tls_file(*tls, "private_key");
    tls->finish();
    if (!live.certificate || !live.private_key)
      section.complain("tls", "expected { certificate = \"FILE\", private_key = \"FILE\" }");
  }
  section.finish();
}

void read_limits(TomlSection section, Configuration& configuration)
{
  Reloadable& live = configuration.live;
  http::Limits& limits = live.limits;
  set(limits.header, section.size("header", 512, 16 << 10));
  set(limits.connections, section.integer("connections", 1, any_count));
  set(limits.connections_per_address, section.integer("connections_per_address", 0, any_count));
  set(limits.header_timeout, section.duration("header_timeout", 10ms, an_hour));
  set(limits.body_timeout, section.duration("body_timeout", 10ms, an_hour * 24));
  set(limits.idle_timeout, section.duration("idle_timeout", 10ms, an_hour * 24));
  set(limits.stop_timeout, section.duration("stop_timeout", 10ms, an_hour));
  set(live.body_limit, section.size("body", 1, largest_body));
  set(live.spool.in_memory, section.size("body_in_memory", 16 << 10, largest_body));
  set(live.spool.memory, section.size("bodies_in_memory", 1 << 20, std::uint64_t{1} << 40));
  set(live.free_space, section.size("free_space", 0, std::uint64_t{1} << 40));
  set(configuration.fixed.queue_jobs, section.integer("queue", 1, any_count));
  set(configuration.fixed.queue_bytes, section.size("queue_bytes", 1 << 20, std::uint64_t{1} << 40));
  section.finish();
}

void read_queries(TomlSection section, Configuration& configuration)
{
  set_duration(configuration.fixed.deadline, section.duration("deadline", 1s, a_year));
  section.finish();
}

void read_admin(TomlSection section, Configuration& configuration)
{
  Fixed::Admin& admin = configuration.fixed.admin;
  set(admin.socket, section.text("socket"));
  set(admin.port, section.integer("port", 0, 65535));
  set(admin.address, section.text("address"));
  if (!is_ip_address(admin.address))
    section.complain("address",
                     "'" + admin.address + "' is not an IP address such as \"127.0.0.1\" or \"::1\"");
  if (section.has("address") && !admin.port) section.complain("address", "has no effect without a port");
  section.finish();
}

void read_alerts(TomlSection section, Configuration& configuration)
{
  set(configuration.live.alert_overdue, section.integer("overdue", 1, any_count));
  set(configuration.live.alert_refused, section.integer("refused", 1, any_count));
  section.finish();
}

void read_log(TomlSection section, Configuration& configuration)
{
  using base::log::Level;
  const auto level = section.one_of("level", {"debug", "info", "warning", "error"});
  if (level)
    configuration.live.log_level = *level == "debug"     ? Level::debug
                                   : *level == "info"    ? Level::info
                                   : *level == "warning" ? Level::warning
                                                         : Level::error;
  configuration.live.log_json = section.one_of("format", {"text", "json"}) == "json";
  section.finish();
}

} // namespace postbackd
