#include "configuration/credential_watch.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "configuration/warnings.hpp"

namespace postbackd
{
namespace
{

// A file that cannot be read has no contents: when it can be again, it has changed.
base::Sha256 digest_of(const std::filesystem::path& path)
{
  std::ifstream file(path, std::ios::binary);
  return base::sha256(std::string(std::istreambuf_iterator<char>(file), {}));
}

} // namespace

void CredentialWatch::add(std::vector<File>& files, const CredentialReference& reference)
{
  if (needs_the_unit(reference)) return;
  const std::filesystem::path path = credential_path(reference);
  files.push_back({path, reference.where.text, digest_of(path)});
}

CredentialWatch::CredentialWatch(const Configuration& configuration, const CredentialWatch* before)
{
  const Reloadable& live = configuration.live;
  for (const CredentialReference& reference : credentials_of(live, configuration.fixed.roles))
    add(reloaded_, reference);
  for (const auto& file : {live.certificate, live.private_key, live.api_certificate, live.api_private_key})
    if (file) add(reloaded_, *file);
  if (before) {
    started_ = before->started_;
    return;
  }
  for (const CredentialReference& reference : credentials_of(configuration.fixed))
    add(started_, reference);
  for (const HandlerSettings& handler : configuration.fixed.handlers)
    for (const auto& [key, references] : handler.secrets)
      for (const CredentialReference& reference : references)
        add(started_, reference);
}

std::vector<std::string> CredentialWatch::changed() const
{
  std::vector<std::string> changed;
  for (const auto* files : {&reloaded_, &started_})
    for (const File& file : *files)
      if (digest_of(file.path) != file.digest &&
          std::find(changed.begin(), changed.end(), file.where) == changed.end())
        changed.push_back(file.where);
  return changed;
}

} // namespace postbackd
