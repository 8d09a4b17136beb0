#include "unit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "configuration/warnings.hpp"

extern char** environ;

namespace postbackd::ctl
{
namespace
{

namespace fs = std::filesystem;

constexpr auto installed = "/etc/postbackd";

std::optional<std::string> contents_of(const fs::path& path)
{
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string read_all(int descriptor)
{
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(descriptor, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(count));
  return text;
}

} // namespace

std::string unit_of(const fs::path& configuration)
{
  const fs::path file = fs::absolute(configuration).lexically_normal();
  if (file == default_configuration_file) return "postbackd.service";
  if (file.filename() != "postbackd.toml" || file.parent_path().parent_path() != installed) return {};
  const std::string name = file.parent_path().filename().string();
  if (name == "receive") return "postbackd-receive.service";
  if (name == "worker") return "postbackd-work.service";
  return fmt::format("postbackd@{}.service", name);
}

std::vector<fs::path> other_configurations()
{
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(installed, ignored))
    if (fs::exists(entry.path() / "postbackd.toml", ignored))
      files.push_back(entry.path() / "postbackd.toml");
  std::sort(files.begin(), files.end());
  return files;
}

ProgramOutput run_program(const std::vector<std::string>& command)
{
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw base::Failure(base::Errc::unavailable, "cannot make a pipe");
  const base::Descriptor from(ends[0]);
  base::Descriptor to(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, to.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, to.get(), STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  to.reset();
  if (error != 0)
    throw base::Failure(base::Errc::unavailable,
                        fmt::format("cannot run {}: {}", command[0], std::strerror(error)));
  ProgramOutput output;
  output.text = read_all(from.get());
  int status = 0;
  ::waitpid(pid, &status, 0);
  output.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return output;
}

bool has_systemd() { return fs::exists("/run/systemd/system"); }

bool is_active(const std::string& unit)
{
  return run_program({"systemctl", "is-active", "--quiet", unit}).code == 0;
}

bool is_in_use(const std::string& unit)
{
  return is_active(unit) || run_program({"systemctl", "is-enabled", "--quiet", unit}).code == 0;
}

std::vector<std::string> changed_in_unit(const Configuration& configuration, const std::string& unit)
{
  constexpr std::string_view by_systemd = "credential:";
  std::vector<std::string> changed;
  std::vector<CredentialReference> references = credentials_of(configuration);
  for (const HandlerSettings& handler : configuration.fixed.handlers)
    for (const auto& [key, secrets] : handler.secrets)
      references.insert(references.end(), secrets.begin(), secrets.end());
  for (const auto& file : {configuration.live.certificate, configuration.live.private_key,
                           configuration.live.api_certificate, configuration.live.api_private_key})
    if (file) references.push_back(*file);
  for (const CredentialReference& reference : references) {
    if (!reference.text.starts_with(by_systemd)) continue;
    const std::string name = reference.text.substr(by_systemd.size());
    const auto source = contents_of(configuration.file.parent_path() / "credentials" / name);
    const auto loaded = contents_of(fs::path("/run/credentials") / unit / ("postbackd_" + name));
    if (source && loaded && *source != *loaded &&
        std::find(changed.begin(), changed.end(), reference.where.text) == changed.end())
      changed.push_back(reference.where.text);
  }
  return changed;
}

} // namespace postbackd::ctl
