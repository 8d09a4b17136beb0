#include "store/sqlite/sqlite_operator_store.hpp"

#include "base/file_lock.hpp"
#include "store/sqlite/files/lock_path.hpp"
#include "store/sqlite/files/open_file.hpp"

namespace postbackd::store::sqlite
{

SqliteOperatorStore::SqliteOperatorStore(const std::filesystem::path& path,
                                         std::chrono::milliseconds busy_timeout, Access access)
    : SqliteOperatorStore(std::unique_ptr<Connection>(new Connection(
          open_file({path, busy_timeout},
                    access == Access::read ? Connection::Mode::read : Connection::Mode::existing))))
{
}

SqliteOperatorStore::SqliteOperatorStore(std::unique_ptr<Connection> connection)
    : TableOperatorStore(connection->database()), connection_(std::move(connection)), archive_(*connection_)
{
}

bool SqliteOperatorStore::is_led(Duty duty)
{
  return base::FileLock::is_taken(lock_path(connection_->path(), duty));
}

} // namespace postbackd::store::sqlite
