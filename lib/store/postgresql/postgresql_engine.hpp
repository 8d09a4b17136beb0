#pragma once

#include "store/postgresql/group_writer.hpp"
#include "store/postgresql/leases.hpp"
#include "store/tables/common/engine.hpp"

namespace postbackd::store::postgresql
{

// What the tables leave to PostgreSQL.
class PostgresqlEngine final : public tables::Engine
{
public:
  PostgresqlEngine(const postbackd::postgresql::ConnectionOptions& options, Leases& leases,
                   const GroupWriter& writer)
      : options_(options), leases_(leases), writer_(writer)
  {
    options_.writes = false;
  }

  std::unique_ptr<sql::Connection> open_reader() override;
  const char* size_sql() const override;
  std::string describe(sql::Database& reader) override;
  // Backups are the server's: `postbackctl erase` says so.
  void note_erasure(sql::Database&, const tables::FoundToErase&, base::TimePoint) override {}
  base::Result<void> destroy_erased(const std::function<base::Result<void>()>& commit) override;
  std::string claim_name() override { return writer_.claim_name(); }
  void require(sql::Database& writer, Duty duty) override { leases_.require(writer, duty); }

private:
  postbackd::postgresql::ConnectionOptions options_;
  Leases& leases_;
  const GroupWriter& writer_;
};

} // namespace postbackd::store::postgresql
