#include "store/postgresql/postgresql_operator_store.hpp"

#include <fmt/format.h>

#include "sql/statement.hpp"
#include "store/postgresql/leases.hpp"
#include "store/postgresql/open_server.hpp"

namespace postbackd::store::postgresql
{
namespace
{

// What an operator asks may read a whole table.
constexpr std::chrono::hours longest_call{6};

std::unique_ptr<postbackd::postgresql::Database>
connect(const StoreAddress& address, std::chrono::milliseconds busy_timeout, Access access)
{
  auto options = connection_options(address, busy_timeout, longest_call);
  options.writes = access == Access::write;
  auto database = std::make_unique<postbackd::postgresql::Database>(options);
  if (!has_store(*database))
    throw base::Failure(
        base::Errc::not_found,
        fmt::format("there is no store at '{}': start postbackd once, or `postbackctl store init`, or "
                    "check [store] url",
                    address.text()));
  return database;
}

} // namespace

PostgresqlOperatorStore::PostgresqlOperatorStore(const StoreAddress& address,
                                                 std::chrono::milliseconds busy_timeout, Access access)
    : PostgresqlOperatorStore(connect(address, busy_timeout, access))
{
}

PostgresqlOperatorStore::PostgresqlOperatorStore(std::unique_ptr<postbackd::postgresql::Database> database)
    : TableOperatorStore(*database), database_(std::move(database)), archive_(*database_)
{
}

bool PostgresqlOperatorStore::is_led(Duty duty)
{
  if (duty == Duty::deliver) // each process that lives
    return sql::number_of(*database_, "SELECT count(*) FROM processes WHERE until > clock_timestamp()") > 0;
  sql::Statement find(*database_, "SELECT 1 FROM leases WHERE duty = ?1 AND until > clock_timestamp()");
  sql::bind_text(find, 1, name_of(duty));
  return find.step();
}

} // namespace postbackd::store::postgresql
