#pragma once

#include "store/options.hpp"
#include "store/postgresql/postgresql_archive.hpp"
#include "store/tables/table_operator_store.hpp"

namespace postbackd::store::postgresql
{

// The operator's side of a store on a server.
class PostgresqlOperatorStore final : public tables::TableOperatorStore
{
public:
  PostgresqlOperatorStore(const StoreAddress& address, std::chrono::milliseconds busy_timeout, Access access);

  bool is_led(Duty duty) override;
  Archive& archive() override { return archive_; }

private:
  explicit PostgresqlOperatorStore(std::unique_ptr<postbackd::postgresql::Database> database);

  std::unique_ptr<postbackd::postgresql::Database> database_;
  PostgresqlArchive archive_;
};

} // namespace postbackd::store::postgresql
