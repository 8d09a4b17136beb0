#include "store/postgresql/postgresql_engine.hpp"

#include "store/postgresql/vacuum.hpp"

namespace postbackd::store::postgresql
{

std::unique_ptr<sql::Connection> PostgresqlEngine::open_reader()
{
  return std::make_unique<postbackd::postgresql::Database>(options_);
}

const char* PostgresqlEngine::size_sql() const
{
  return "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c "
         "WHERE c.relnamespace = 'postbackd'::regnamespace AND c.relkind = 'r'";
}

base::Result<void> PostgresqlEngine::destroy_erased(const std::function<base::Result<void>()>&)
{
  try {
    vacuum_erased(options_);
    return {};
  } catch (const base::Failure& e) {
    return e.error();
  }
}

} // namespace postbackd::store::postgresql
