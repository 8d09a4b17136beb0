#include "configuration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "configuration_sections.hpp"

namespace postbackd
{
namespace
{

void read_root(TomlSection root, Configuration& configuration, Complaints& complaints)
{
  if (auto section = root.table("store")) read_store(*section, configuration);
  if (auto section = root.table("listen")) read_listen(*section, configuration);
  if (auto section = root.table("limits")) read_limits(*section, configuration);
  if (auto section = root.table("queries")) read_queries(*section, configuration);
  if (auto section = root.table("log")) read_log(*section, configuration);
  if (auto section = root.table("admin")) read_admin(*section, configuration);
  read_routes(root, configuration, complaints);
  read_handlers(root, configuration);
  read_platform(root, configuration);
  read_fanbase(root, configuration);
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
    throw ConfigurationError(
        fmt::format("{}:{}:{}: {}", file.string(), begin.line, begin.column, e.description()));
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
  std::error_code error;
  const std::filesystem::directory_iterator entries(directory, error);
  if (error && error != std::errc::no_such_file_or_directory)
    throw ConfigurationError(fmt::format("{}: cannot be read: {}", directory.string(), error.message()));
  for (const auto& entry : entries)
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

std::string signature_of(const std::vector<Configuration::Handler>& handlers)
{
  std::string text;
  for (const Configuration::Handler& handler : handlers) {
    const delivery::HandlerConfiguration& c = handler.configuration;
    text +=
        fmt::format("{} {} {} {} {} {} {} {}\n", c.options.name, c.options.kind, c.options.timeout.count(),
                    c.concurrency, c.circuit, c.in_order, c.retry.attempts, c.retry.first.count());
    for (const auto& [key, values] : c.options.settings)
      text += fmt::format("{} {}\n", key, fmt::join(values, " "));
  }
  return text;
}

std::string signature_of(const std::optional<Configuration::Fanbase>& fanbase)
{
  if (!fanbase) return {};
  std::string text =
      fmt::format("{} {} {} {} {}", fanbase->accept_unknown_documents, fanbase->token_lifetime.count(),
                  fanbase->body, fanbase->api, fanbase->datasets);
  for (const auto& client : fanbase->clients)
    text += fmt::format(" {} {}", client.id, client.secret.text);
  return text;
}

std::string signature_of(const std::optional<Configuration::Platform>& platform)
{
  if (!platform) return {};
  const Configuration::Platform& p = *platform;
  return fmt::format("{} {} {} {} {} {} {} {}", p.base_url, p.access_token.text, p.token_id.text, p.route,
                     p.ask_again, p.rate, p.concurrency, p.timeout.count());
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

bool needs_restart(const Configuration& running, const Configuration& fresh)
{
  const auto fixed = [](const Configuration& c) {
    return std::tie(c.store.path, c.store.look_back, c.store.busy_timeout, c.listen.addresses, c.listen.port,
                    c.listen.threads, c.admin.socket, c.admin.port, c.deadline, c.queue_jobs, c.queue_bytes);
  };
  return fixed(running) != fixed(fresh) || signature_of(running.platform) != signature_of(fresh.platform) ||
         signature_of(running.fanbase) != signature_of(fresh.fanbase) ||
         signature_of(running.handlers) != signature_of(fresh.handlers);
}

} // namespace postbackd
