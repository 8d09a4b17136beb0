#pragma once

#include "store/options.hpp"
#include "store/postgresql/schema.hpp"
#include "store/tables/move/move_end.hpp"

namespace postbackd::store::postgresql
{

// A database of a server as one end of a move.
class PostgresqlMoveEnd final : public tables::MoveEnd
{
public:
  // Connects; with `make`, makes the store where there is none. Throws base::Failure.
  PostgresqlMoveEnd(const StoreAddress& address, bool make);

  // Their names alone.
  std::vector<tables::MovedTable> tables();

  sql::Database& database() override { return database_; }
  void take() override;
  bool is_in_use() override;
  const char* be_brief_sql() const override;
  const char* begin_to_read_sql() const override { return "BEGIN ISOLATION LEVEL REPEATABLE READ"; }
  const char* log_sql() const override;
  std::string watch_sql(const tables::MovedTable& table) const override;
  std::string stop_watching_sql(const tables::MovedTable& table) const override;
  std::string end_watching_sql(const std::vector<tables::MovedTable>& tables) const override;
  std::string guard_sql(const tables::MovedTable& table, const std::string& message) const override;
  void stop_triggers(const std::vector<tables::MovedTable>& tables) override;
  void start_triggers(const std::vector<tables::MovedTable>& tables) override;
  void continue_numbers(const std::vector<tables::MovedTable>& tables) override;
  void learn_sizes(const std::vector<tables::MovedTable>& tables) override;

private:
  postbackd::postgresql::Database database_;
};

} // namespace postbackd::store::postgresql
