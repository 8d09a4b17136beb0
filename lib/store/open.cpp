#include "store/open.hpp"

#include "store/sqlite/erasure/erase_listed.hpp"
#include "store/sqlite/files/backup.hpp"
#include "store/sqlite/files/open_file.hpp"
#include "store/sqlite/files/restored.hpp"
#include "store/sqlite/files/schema.hpp"
#include "store/sqlite/sqlite_operator_store.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace postbackd::store
{

std::unique_ptr<Store> open(StoreOptions options)
{
  return std::make_unique<sqlite::SqliteStore>(std::move(options));
}

void check_place(const std::filesystem::path& path) { sqlite::check_place(path); }

bool exists(const std::filesystem::path& path) { return sqlite::inspect(path) == sqlite::FileKind::ours; }

std::unique_ptr<OperatorStore> open_operator(const std::filesystem::path& path,
                                             std::chrono::milliseconds busy_timeout, Access access)
{
  return std::make_unique<sqlite::SqliteOperatorStore>(path, busy_timeout, access);
}

Erased restore(const std::filesystem::path& from, const std::filesystem::path& path, bool replace,
               base::TimePoint now)
{
  Erased erased;
  sqlite::restore(from, path, replace, [&](const std::filesystem::path& copy) {
    erased = sqlite::erase_listed(copy, sqlite::ErasureList(path), now);
    sqlite::mark_restored(copy, now);
  });
  return erased;
}

} // namespace postbackd::store
