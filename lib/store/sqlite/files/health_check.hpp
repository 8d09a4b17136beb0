#pragma once

#include <thread>

#include "sqlite/connection.hpp"
#include "store/sqlite/common/names.hpp"

namespace postbackd::store::sqlite
{

// Runs SQLite's quick_check once, on a thread and a connection of its own, while the store is used already.
// Damage is fatal (Failures). A file above 64 MiB is not read as a whole: its damage shows when it is used,
// and `postbackctl verify` looks for it.
class HealthCheck
{
public:
  explicit HealthCheck(const ConnectionOptions& options);
  ~HealthCheck(); // breaks it off

private:
  void check();

  Connection connection_;
  std::thread thread_;
};

// Returns what quick_check says of the file, "ok" for a healthy or a large one.
std::string quick_check(Connection& connection);

} // namespace postbackd::store::sqlite
