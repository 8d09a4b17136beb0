#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

#include "base/permission.hpp"
#include "configuration/configuration.hpp"
#include "configuration/known_store.hpp"
#include "configuration/sections.hpp"

namespace postbackd
{
namespace
{

void read_root(TomlSection root, Configuration& configuration, const delivery::HandlerRegistry* kinds,
               Complaints& complaints)
{
  if (auto section = root.table("process")) read_process(*section, configuration);
  if (auto section = root.table("store")) read_store(*section, configuration);
  if (auto section = root.table("keep")) read_keep(*section, configuration);
  if (auto section = root.table("listen")) read_listen(*section, configuration);
  if (auto section = root.table("limits")) read_limits(*section, configuration);
  if (auto section = root.table("queries")) read_queries(*section, configuration);
  if (auto section = root.table("log")) read_log(*section, configuration);
  if (auto section = root.table("alerts")) read_alerts(*section, configuration);
  if (auto section = root.table("admin")) read_admin(*section, configuration);
  read_api(root, configuration);
  read_routes(root, configuration, complaints);
  read_handlers(root, configuration, kinds);
  read_platform(root, configuration);
  read_fanbase(root, configuration);
  root.finish();
}

// Everybody who can write it decides which programs run with our rights.
void check_access(const std::filesystem::path& file)
{
  std::error_code error;
  const auto mode = std::filesystem::status(file, error).permissions();
  if (!error && (mode & std::filesystem::perms::others_write) != std::filesystem::perms::none)
    throw ConfigurationError(fmt::format("everybody can write '{0}': chmod o-w '{0}'", file.string()));
  if (::access(file.c_str(), R_OK) == 0) return;
  const std::string why = errno == EACCES ? base::permission_denied() : std::strerror(errno);
  throw ConfigurationError(fmt::format("cannot read '{}': {}", file.string(), why));
}

toml::table parse(const std::filesystem::path& file)
{
  check_access(file);
  try {
    return toml::parse_file(file.string());
  } catch (const toml::parse_error& e) {
    const auto& begin = e.source().begin;
    throw ConfigurationError(
        fmt::format("{}:{}:{}: {}", file.string(), begin.line, begin.column, e.description()));
  }
}

// Moves, because a copied node loses its position.
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
    throw ConfigurationError(fmt::format("cannot read '{}': {}", directory.string(), error.message()));
  for (const auto& entry : entries)
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// Returns systemd's state directory or, when started by hand, the one that the unit of this file would have:
// instances have their own, halves share one (docs/deploy.md).
std::filesystem::path state_directory(const std::filesystem::path& file)
{
  if (const char* given = std::getenv("STATE_DIRECTORY")) return given;
  const std::filesystem::path folder = std::filesystem::absolute(file).lexically_normal().parent_path();
  const std::string name = folder.filename().string();
  const bool is_instance = folder.parent_path() == "/etc/postbackd" && name != "receive" && name != "worker";
  return is_instance ? "/var/lib/postbackd-" + name : "/var/lib/postbackd";
}

// postbackctl opens a database itself: where systemd hands nothing over, root finds the password where
// systemd does (docs/deploy.md).
std::string outside_of_the_unit(const std::string& credential, const std::filesystem::path& file)
{
  constexpr std::string_view by_systemd = "credential:";
  if (!credential.starts_with(by_systemd) || std::getenv("CREDENTIALS_DIRECTORY") ||
      std::getenv("POSTBACKD_SECRETS_DIR"))
    return credential;
  const auto source =
      std::filesystem::absolute(file).parent_path() / "credentials" / credential.substr(by_systemd.size());
  std::error_code unreadable;
  return std::filesystem::exists(source, unreadable) ? "file:" + source.string() : credential;
}

} // namespace

Configuration load_what_is_right(const std::filesystem::path& file, std::string& wrong,
                                 const delivery::HandlerRegistry* kinds)
{
  Configuration configuration;
  configuration.file = file;
  Complaints complaints;
  try {
    toml::table root = parse(file);
    for (const auto& additional : additional_files(file))
      merge(root, parse(additional));
    read_root(TomlSection(root, "", complaints), configuration, kinds, complaints);
  } catch (const ConfigurationError& e) {
    complaints.emplace_back(e.what());
    const std::filesystem::path known = KnownStore(file, {}).path();
    if (store::is_server_url(known.string()))
      configuration.fixed.store.url = known.string();
    else if (!known.empty())
      configuration.fixed.store.path = known;
  }
  if (auto& password = configuration.fixed.store.password)
    password->text = outside_of_the_unit(password->text, file);
  wrong = fmt::format("{}", fmt::join(complaints, "\n"));
  Fixed::Store& store = configuration.fixed.store;
  store.path = state_directory(file) / store.path;
  return configuration;
}

Configuration load_configuration(const std::filesystem::path& file, const delivery::HandlerRegistry* kinds)
{
  std::string wrong;
  Configuration configuration = load_what_is_right(file, wrong, kinds);
  if (!wrong.empty()) throw ConfigurationError(wrong);
  return configuration;
}

} // namespace postbackd
