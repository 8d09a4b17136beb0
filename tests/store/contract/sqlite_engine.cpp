#include "store/contract/contract_fixture.hpp"

namespace postbackd::test::contract
{

store::StoreOptions engine_options(const TemporaryDirectory& directory)
{
  store::StoreOptions options;
  options.path = directory / "store.sqlite3";
  return options;
}

bool is_for_several_receivers() { return false; }

} // namespace postbackd::test::contract
