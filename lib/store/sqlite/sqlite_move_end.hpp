#pragma once

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
  const char* begin_to_read_sql() const override { return "BEGIN"; }
  const char* log_sql() const override;
  std::string watch_sql(const tables::MovedTable& table) const override;
  std::string stop_watching_sql(const tables::MovedTable& table) const override;
  std::string guard_sql(const tables::MovedTable& table, const std::string& message) const override;
  void stop_triggers(const std::vector<tables::MovedTable>& tables) override;
  void start_triggers(const std::vector<tables::MovedTable>& tables) override;

private:
  Connection connection_;
};

} // namespace postbackd::store::sqlite
