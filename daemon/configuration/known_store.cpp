#include "configuration/known_store.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/new_file.hpp"
#include "configuration/configuration.hpp"

namespace postbackd
{

namespace fs = std::filesystem;

KnownStore::KnownStore(fs::path configuration, fs::path store)
    : configuration_(std::move(configuration)), store_(std::move(store)),
      file_(fs::absolute(configuration_).replace_extension(".store"))
{
}

std::optional<std::string> KnownStore::id() const
{
  std::ifstream file(file_);
  std::string id;
  if (file >> id) return id;
  std::error_code error;
  if (!file.is_open() && !fs::exists(file_, error) && !error) return std::nullopt;
  throw base::Failure(
      base::Errc::invalid,
      fmt::format("cannot read '{}', which names the store of this configuration: {}. `{}` writes it anew",
                  file_.string(), file.is_open() ? "it is empty" : std::strerror(errno),
                  command("store init")));
}

std::filesystem::path KnownStore::path() const
{
  std::ifstream file(file_);
  std::string id;
  std::string path;
  file >> id >> std::ws;
  std::getline(file, path);
  return path;
}

std::string KnownStore::why_not_made(bool may_create) const
{
  if (const auto known = id())
    return fmt::format("there is no store at '{}', where the store {} has been: is its disk mounted? To go "
                       "on with a backup: "
                       "`{}`. If it is lost and an empty one shall begin: `{}`",
                       store_.string(), *known, command("restore FILE"), command("store init --new"));
  if (can_note() || may_create) return {};
  return fmt::format("there is no store at '{}', and none is made unasked, because its disk may not be "
                     "mounted. To make one, as "
                     "root: `{}`",
                     store_.string(), command("store init"));
}

void KnownStore::check(const std::string& id) const
{
  const auto known = this->id();
  if (!known || *known == id) return;
  throw base::Failure(
      base::Errc::invalid,
      fmt::format(
          "'{}' is the store {}, and this configuration has had the store {}: is the right disk mounted? "
          "To go on with this one: `{}`",
          store_.string(), id, *known, command("store init")));
}

void KnownStore::take(const std::string& id) const
{
  check(id);
  if (!this->id() && can_note()) note(id);
}

void KnownStore::note(const std::string& id) const
{
  base::NewFile file(file_);
  {
    std::ofstream out(file.path());
    out << id << ' ' << store_.string() << '\n';
    if (!out.flush())
      throw base::Failure(base::Errc::invalid, fmt::format("cannot write '{}'", file_.string()));
  }
  ::chmod(file.path().c_str(), 0644);
  file.keep();
}

bool KnownStore::can_note() const
{
  return ::faccessat(AT_FDCWD, file_.parent_path().c_str(), W_OK, AT_EACCESS) == 0;
}

std::string KnownStore::command(const std::string& arguments) const
{
  const bool is_default = configuration_ == default_configuration_file;
  return is_default ? "postbackctl " + arguments
                    : fmt::format("postbackctl --config {} {}", configuration_.string(), arguments);
}

} // namespace postbackd
