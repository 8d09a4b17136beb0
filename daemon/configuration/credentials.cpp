#include "configuration/credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.hpp"
#include "base/directory.hpp"
#include "base/error.hpp"

namespace postbackd
{
namespace
{

constexpr std::string_view by_systemd = "credential:";
constexpr std::string_view by_path = "file:";
constexpr std::size_t longest_secret = 4096;

// systemd's, or that of a container.
const char* credentials_directory()
{
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  return directory ? directory : std::getenv("POSTBACKD_SECRETS_DIR");
}

// Where the runtimes of containers put secrets: of root, and often readable by everybody in the container.
bool is_container_secret(const std::filesystem::path& path)
{
  struct stat status {
  };
  std::error_code error;
  return std::filesystem::canonical(path, error).string().starts_with("/run/secrets/") &&
         ::stat(path.c_str(), &status) == 0 && status.st_uid == 0 &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

[[noreturn]] void fail(const CredentialReference& reference, const std::string& why)
{
  throw base::Failure(base::Errc::invalid, reference.where.text + ": " + why);
}

void check_permissions(const CredentialReference& reference, const std::filesystem::path& path)
{
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    fail(reference,
         fmt::format("the credential file '{}' does not exist: create it; for a \"credential:\" in "
                     "/etc/postbackd/credentials, and restart the unit",
                     path.string()));
  if (!std::filesystem::is_regular_file(status))
    fail(reference, fmt::format("'{}' is not a regular file", path.string()));
  using std::filesystem::perms;
  if ((status.permissions() & (perms::others_read | perms::others_write)) != perms::none &&
      !is_container_secret(path))
    fail(reference,
         fmt::format("everybody can read or write the credential file '{0}': chmod o= '{0}'", path.string()));
}

} // namespace

bool is_credential_reference(std::string_view text)
{
  if (text.starts_with(by_path)) return text.size() > by_path.size();
  const std::string_view name = text.substr(std::min(by_systemd.size(), text.size()));
  return text.starts_with(by_systemd) && !name.empty() && name.find('/') == std::string_view::npos;
}

std::filesystem::path credential_path(const CredentialReference& reference)
{
  if (reference.text.starts_with(by_path)) return reference.text.substr(by_path.size());
  const std::string name = reference.text.substr(by_systemd.size());
  if (!credentials_directory())
    fail(reference,
         fmt::format("only systemd hands over credential '{}' ($CREDENTIALS_DIRECTORY is not set): "
                     "start the unit, set $POSTBACKD_SECRETS_DIR, or use \"file:PATH\"",
                     name));
  const std::filesystem::path directory = credentials_directory();
  // LoadCredential=postbackd:DIRECTORY puts this before the name of each file (systemd.exec(5)).
  const std::filesystem::path in_directory = directory / ("postbackd_" + name);
  return std::filesystem::exists(in_directory) ? in_directory : directory / name;
}

std::string read_credential_text(const CredentialReference& reference)
{
  const std::filesystem::path path = credential_path(reference);
  check_permissions(reference, path);
  std::ifstream file(path, std::ios::binary);
  if (!file)
    fail(reference,
         fmt::format("cannot read the credential file '{}': {}", path.string(), std::strerror(errno)));
  std::string secret(std::istreambuf_iterator<char>(file), {});
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.empty()) fail(reference, fmt::format("the credential file '{}' is empty", path.string()));
  if (secret.size() > longest_secret)
    fail(reference,
         fmt::format("the credential file '{}' has more than {} bytes", path.string(), longest_secret));
  const auto is_plain = [](char c) { return c > ' ' && c != '\x7f'; };
  if (!is_plain(secret.front()) || !is_plain(secret.back()) ||
      secret.find_first_of("\r\n") != std::string::npos)
    fail(reference,
         fmt::format("the credential file '{}' begins or ends with a blank or a line end (perhaps \\r\\n), "
                     "which no header can carry: write it again without",
                     path.string()));
  return secret;
}

base::Secret read_credential(const CredentialReference& reference)
{
  return base::Secret(read_credential_text(reference));
}

bool needs_the_unit(const CredentialReference& reference)
{
  return reference.text.starts_with(by_systemd) && !credentials_directory();
}

std::filesystem::path query_key_path(const std::filesystem::path& store)
{
  return std::filesystem::absolute(store).parent_path() / "query_key";
}

void share_query_key(const std::filesystem::path& store)
{
  base::share_with_group(query_key_path(store), S_IRGRP);
}

// The file is complete or absent, even after a power failure: it is written beside its place, synced, then
// linked.
void make_query_key(const std::filesystem::path& path)
{
  base::share_with_group(path, S_IRGRP);
  if (std::filesystem::exists(path)) return;
  const std::string key = base::to_hex(base::random_bytes(32)) + "\n";
  std::string made = path.string() + ".XXXXXX";
  const base::Descriptor file(::mkstemp(made.data())); // mode 0600
  bool kept = file && base::write_all(file, key) && base::give_to_owner_of_directory(file, path, 0600) &&
              ::fsync(file.get()) == 0;
  kept = kept && (::link(made.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const int folder = kept ? ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  kept = kept && folder >= 0 && ::fsync(folder) == 0;
  const int error = errno;
  if (folder >= 0) ::close(folder);
  if (file) ::unlink(made.c_str());
  if (!kept)
    throw base::Failure(base::Errc::invalid,
                        fmt::format("cannot create the key for per-query credentials '{}': {}", path.string(),
                                    std::strerror(error)));
}

} // namespace postbackd
