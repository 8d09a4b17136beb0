#pragma once

#include "sqlite/connection.hpp"
#include "store/options.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/sqlite_archive.hpp"
#include "store/tables/table_operator_store.hpp"

namespace postbackd::store::sqlite
{

// The operator's side of the SQLite file.
class SqliteOperatorStore final : public tables::TableOperatorStore
{
public:
  SqliteOperatorStore(const std::filesystem::path& path, std::chrono::milliseconds busy_timeout,
                      Access access);

  bool is_led(Duty duty) override;
  Archive& archive() override { return archive_; }

private:
  explicit SqliteOperatorStore(std::unique_ptr<Connection> connection);

  std::unique_ptr<Connection> connection_;
  SqliteArchive archive_;
};

} // namespace postbackd::store::sqlite
