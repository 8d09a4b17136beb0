#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace postbackd
{

// Remembers which store a configuration has had: in a file beside the configuration and apart from the store,
// postbackd.store for postbackd.toml, because an empty store in the place of one that is not mounted, or was
// deleted, loses results in silence.
class KnownStore
{
public:
  KnownStore(std::filesystem::path configuration, std::filesystem::path store);

  const std::filesystem::path& file() const { return file_; }
  // The id of the store, or nothing. Throws base::Failure if it cannot be read.
  std::optional<std::string> id() const;
  // Where it was when it was noted; empty if it is not known.
  std::filesystem::path path() const;
  // Why no store may be made where there is none, with what to do; empty: one may. A store is made unasked
  // only where that can be noted, or if the configuration says so ([store] create).
  std::string why_not_made(bool may_create = false) const;
  // Throws base::Failure if the store that is there is another one.
  void check(const std::string& id) const;
  // Checks it, and notes it if none is known yet and it can be noted. Throws base::Failure.
  void take(const std::string& id) const;
  // Throws base::Failure.
  void note(const std::string& id) const;
  bool can_note() const;

  // How to call a command for this configuration: `postbackctl store init`.
  std::string command(const std::string& arguments) const;

private:
  std::filesystem::path configuration_;
  std::filesystem::path store_;
  std::filesystem::path file_;
};

} // namespace postbackd
