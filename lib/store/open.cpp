#include "store/open.hpp"

#include "store/postgresql/open_server.hpp"
#include "store/postgresql/postgresql_operator_store.hpp"
#include "store/postgresql/postgresql_store.hpp"
#include "store/postgresql/schema.hpp"
#include "store/sqlite/erasure/erase_listed.hpp"
#include "store/sqlite/files/backup.hpp"
#include "store/sqlite/files/open_file.hpp"
#include "store/sqlite/files/restored.hpp"
#include "store/sqlite/files/schema.hpp"
#include "store/sqlite/sqlite_operator_store.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace postbackd::store
{

namespace
{

postbackd::postgresql::Database connect(const StoreAddress& address)
{
  constexpr std::chrono::seconds patience{5};
  auto options = postgresql::connection_options(address, patience, patience);
  options.writes = false;
  return postbackd::postgresql::Database(options);
}

} // namespace

std::unique_ptr<Store> open(StoreOptions options)
{
  if (options.server) return std::make_unique<postgresql::PostgresqlStore>(std::move(options));
  return std::make_unique<sqlite::SqliteStore>(std::move(options));
}

void check_place(const StoreAddress& address)
{
  if (address.server)
    connect(address);
  else
    sqlite::check_place(address.path);
}

bool exists(const StoreAddress& address)
{
  if (!address.server) return sqlite::inspect(address.path) == sqlite::FileKind::ours;
  auto database = connect(address);
  return postgresql::has_store(database);
}

std::unique_ptr<OperatorStore> open_operator(const StoreAddress& address,
                                             std::chrono::milliseconds busy_timeout, Access access)
{
  if (address.server)
    return std::make_unique<postgresql::PostgresqlOperatorStore>(address, busy_timeout, access);
  return std::make_unique<sqlite::SqliteOperatorStore>(address.path, busy_timeout, access);
}

const char* const server_url_form = "postgresql://HOST/DATABASE, as libpq takes it";

bool is_server_url(const std::string& url)
{
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

std::string server_schema() { return postgresql::schema_sql(); }

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
