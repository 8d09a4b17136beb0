#include "machine_copy.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <map>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "configuration/warnings.hpp"

namespace postbackd::ctl
{
namespace
{

namespace fs = std::filesystem;

constexpr auto digests_name = "credentials.digests";

std::string contents_of(const fs::path& path)
{
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The configuration and its conf.d.
std::vector<fs::path> configuration_files(const fs::path& configuration)
{
  std::vector<fs::path> files{fs::absolute(configuration)};
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(files.front().parent_path() / "conf.d", none))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  return files;
}

// Where systemd, or the daemon itself, takes a credential from.
fs::path source_of(const CredentialReference& reference, const fs::path& configuration)
{
  const std::string name = reference.text.substr(reference.text.find(':') + 1);
  return reference.text.starts_with("file:")
             ? fs::path(name)
             : fs::absolute(configuration).parent_path() / "credentials" / name;
}

std::map<std::string, fs::path> credentials_by_name(const Configuration& configuration)
{
  std::map<std::string, fs::path> sources;
  const auto add = [&](const CredentialReference& reference) {
    sources[reference.text] = source_of(reference, configuration.file);
  };
  for (const CredentialReference& reference : credentials_of(configuration))
    add(reference);
  for (const auto& file : {configuration.live.certificate, configuration.live.private_key,
                           configuration.live.api_certificate, configuration.live.api_private_key})
    if (file) add(*file);
  for (const HandlerSettings& handler : configuration.fixed.handlers)
    for (const auto& [key, references] : handler.secrets)
      for (const CredentialReference& reference : references)
        add(reference);
  return sources;
}

std::string digest_of(const std::string& salt, const std::string& secret)
{
  return base::to_hex(base::hmac_sha256(salt, secret));
}

void write(const fs::path& place, const std::string& bytes, fs::perms mode)
{
  std::ofstream file(place, std::ios::binary);
  file << bytes;
  if (!file.flush())
    throw base::Failure(base::Errc::unavailable, fmt::format("cannot write '{}'", place.string()));
  fs::permissions(place, mode);
}

// With the modes of the file and of its directory, which `cp -r` gives to those that it makes.
void mirror_file(const fs::path& mirror, const fs::path& source, const std::string& bytes)
{
  const fs::path place = mirror / fs::absolute(source).relative_path();
  fs::create_directories(place.parent_path());
  fs::permissions(place.parent_path(),
                  fs::status(fs::absolute(source).parent_path()).permissions() | fs::perms::owner_all);
  write(place, bytes, fs::status(source).permissions());
}

} // namespace

fs::path files_of_copy(const fs::path& copy) { return copy.string() + ".files"; }

void save_machine(const Configuration& configuration, const fs::path& copy, bool with_credentials)
{
  const fs::path mirror = files_of_copy(copy);
  fs::create_directories(mirror);
  fs::permissions(mirror, fs::perms::owner_all);
  for (const fs::path& file : configuration_files(configuration.file))
    mirror_file(mirror, file, contents_of(file));
  const std::string salt = base::to_hex(base::random_bytes(16));
  std::string digests = salt + '\n';
  for (const auto& [name, source] : credentials_by_name(configuration)) {
    const std::string secret = contents_of(source);
    if (secret.empty() && with_credentials)
      throw base::Failure(
          base::Errc::invalid,
          fmt::format("cannot read the credential '{}': be root, or leave out --with-credentials",
                      source.string()));
    if (secret.empty()) continue;
    digests += fmt::format("{} {}\n", digest_of(salt, secret), name);
    if (with_credentials) mirror_file(mirror, source, secret);
  }
  write(copy.string() + "." + digests_name, digests, fs::perms::owner_read | fs::perms::owner_write);
}

std::vector<std::string> compare_machine(const Configuration& configuration, const fs::path& copy)
{
  std::vector<std::string> sentences;
  const fs::path mirror = files_of_copy(copy);
  if (!fs::exists(mirror))
    return {fmt::format("there is no '{}': whether this machine has the configuration and the secrets of the "
                        "backup is not known; a sender with another secret gets 401",
                        mirror.string())};
  for (const auto& entry : fs::recursive_directory_iterator(mirror)) {
    if (!entry.is_regular_file()) continue;
    const fs::path place = "/" / fs::relative(entry.path(), mirror);
    if (contents_of(place) != contents_of(entry.path()))
      sentences.push_back(fmt::format("'{}' {} that of the backup: compare it with '{}'", place.string(),
                                      fs::exists(place) ? "is not" : "is missing, unlike",
                                      entry.path().string()));
  }
  std::ifstream digests(copy.string() + "." + digests_name);
  std::string salt;
  std::getline(digests, salt);
  const auto here = credentials_by_name(configuration);
  for (std::string line; std::getline(digests, line);) {
    const std::string name = line.substr(line.find(' ') + 1);
    const auto source = here.find(name);
    if (source == here.end())
      sentences.push_back(fmt::format("the configuration here names no {}, as that of the backup did", name));
    else if (digest_of(salt, contents_of(source->second)) != line.substr(0, line.find(' ')))
      sentences.push_back(fmt::format(
          "{} here is not the secret of the backup: whoever posts with the old one gets 401. Put the old one "
          "into '{}', or tell the platform the new one",
          name, source->second.string()));
  }
  return sentences;
}

} // namespace postbackd::ctl
