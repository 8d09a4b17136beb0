#include "store/postgresql/postgresql_engine.hpp"

#include "sql/statement.hpp"
#include "store/postgresql/vacuum.hpp"

namespace postbackd::store::postgresql
{

namespace
{

// A transaction that has had the turn to write for seconds keeps all receivers waiting.
constexpr auto server_sql = R"(
  SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)
         || CASE WHEN pg_is_in_recovery() THEN ', a standby' ELSE '' END
         || ', ' || (SELECT count(*) FROM processes WHERE until > clock_timestamp()) || ' processes of the store'
         || ', ' || (SELECT count(*) FROM pg_stat_replication) || ' replicas'
         || ', ' || (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) || ' of '
         || current_setting('max_connections') || ' connections'
         || coalesce((SELECT ', the oldest transaction is open for ' || extract(epoch FROM max(clock_timestamp() - xact_start))::bigint || ' s'
                        FROM pg_stat_activity WHERE datname = current_database() AND xact_start < clock_timestamp() - interval '2 s'), '')
         || coalesce((SELECT ', and pid ' || a.pid || ' (' || a.usename || ', ' || a.application_name || ') keeps the receivers waiting'
                        FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                       WHERE l.locktype = 'advisory' AND l.classid = 7164746 AND l.objid = 1 AND l.granted
                         AND a.xact_start < clock_timestamp() - interval '2 s' LIMIT 1), ''))";

} // namespace

std::unique_ptr<sql::Connection> PostgresqlEngine::open_reader()
{
  return std::make_unique<postbackd::postgresql::Database>(options_);
}

const char* PostgresqlEngine::size_sql() const
{
  return "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c "
         "WHERE c.relnamespace = 'postbackd'::regnamespace AND c.relkind = 'r'";
}

std::string PostgresqlEngine::describe(sql::Database& reader)
{
  sql::Statement find(reader, server_sql);
  return find.step() ? find.column(0).text() : std::string();
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
