#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace postbackd::store::sqlite
{

// Finds who reads a store's WAL: a transaction that is left open there keeps the WAL from being begun anew.
class WalReaders
{
public:
  // The store must be open, and stay open as long as the process uses it.
  explicit WalReaders(const std::filesystem::path& store);

  // A process other than ours, as `pid 123 (name)`; without its name where we may not see it.
  std::optional<std::string> find() const;

private:
  int descriptor_;
};

} // namespace postbackd::store::sqlite
