#include "store/open.hpp"

#include "store/sqlite/files/backup.hpp"
#include "store/sqlite/sqlite_operator_store.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace postbackd::store
{

std::unique_ptr<Store> open(StoreOptions options)
{
  return std::make_unique<sqlite::SqliteStore>(std::move(options));
}

std::unique_ptr<OperatorStore> open_operator(const std::filesystem::path& path,
                                             std::chrono::milliseconds busy_timeout, Access access)
{
  return std::make_unique<sqlite::SqliteOperatorStore>(path, busy_timeout, access);
}

void restore(const std::filesystem::path& from, const std::filesystem::path& path, bool replace)
{
  sqlite::restore(from, path, replace);
}

} // namespace postbackd::store
