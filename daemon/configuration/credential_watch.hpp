#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "configuration/configuration.hpp"

namespace postbackd
{

// Knows which credentials are in use, and finds those whose files have other contents now.
class CredentialWatch
{
public:
  // Looks at the files of `configuration`, which has just been read. After a reload, those that only a start
  // reads are still the ones of `before`.
  explicit CredentialWatch(const Configuration& configuration, const CredentialWatch* before = nullptr);

  // Where the configuration names them: `postbackd.toml:7: [[route]] postbacksecret`. Blocks.
  std::vector<std::string> changed() const;

private:
  struct File {
    std::filesystem::path path;
    std::string where;
    base::Sha256 digest;
  };
  static void add(std::vector<File>& files, const CredentialReference& reference);

  std::vector<File> reloaded_; // routes, the API's clients, TLS
  std::vector<File> started_;  // the platform, Fanbase clients, handlers
};

} // namespace postbackd
