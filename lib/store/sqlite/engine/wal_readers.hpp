#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace postbackd::store::sqlite
{

// Finds who reads a store's WAL: while a read transaction is open, the WAL cannot be restarted.
class WalReaders
{
public:
  // The store must be open, and stay open as long as the process uses it.
  explicit WalReaders(const std::filesystem::path& store);

  // Returns a process other than ours, as `pid 123 (name)`; without the name if we may not see it.
  std::optional<std::string> find() const;

private:
  int descriptor_;
};

} // namespace postbackd::store::sqlite
