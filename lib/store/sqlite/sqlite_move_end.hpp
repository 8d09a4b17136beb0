#pragma once

#include <optional>

#include "base/file_lock.hpp"
#include "sqlite/checkpoints.hpp"
#include "store/sqlite/files/open_file.hpp"
#include "store/tables/move/move_end.hpp"

namespace postbackd::store::sqlite
{

// A file as one end of a move.
class SqliteMoveEnd final : public tables::MoveEnd
{
public:
  // Opens it; with Mode::create, makes it where there is none. Throws base::Failure.
  SqliteMoveEnd(const std::filesystem::path& path, Connection::Mode mode);

  // Those that a database of a server has too.
  std::vector<tables::MovedTable> tables();

  sql::Database& database() override { return connection_.database(); }
  void take() override;
  bool is_in_use() override;
  const char* be_brief_sql() const override { return ""; }
  void after_commit() override;
  const char* begin_to_read_sql() const override { return "BEGIN"; }
  const char* log_sql() const override;
  std::string watch_sql(const tables::MovedTable& table) const override;
  std::string stop_watching_sql(const tables::MovedTable& table) const override;
  std::string end_watching_sql(const std::vector<tables::MovedTable>& tables) const override;
  std::string guard_sql(const tables::MovedTable& table, const std::string& message) const override;
  void stop_triggers(const std::vector<tables::MovedTable>& tables) override;
  void start_triggers(const std::vector<tables::MovedTable>& tables) override;

private:
  Connection connection_;
  std::optional<base::FileLock> lock_;
  std::optional<Checkpoints> checkpoints_; // nobody else makes them while it is filled
};

} // namespace postbackd::store::sqlite
