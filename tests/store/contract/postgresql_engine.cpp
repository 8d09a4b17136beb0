#include "store/contract/contract_fixture.hpp"
#include "support/postgresql_server.hpp"

namespace postbackd::test::contract
{

store::StoreOptions engine_options(const TemporaryDirectory&)
{
  store::StoreOptions options;
  options.server = store::ServerAddress{PostgresqlServer::of_program().new_database(), ""};
  return options;
}

bool is_for_several_receivers() { return true; }

} // namespace postbackd::test::contract
