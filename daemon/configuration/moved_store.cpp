#include "configuration/moved_store.hpp"

#include <fmt/format.h>

#include "configuration/credentials.hpp"
#include "store/move.hpp"

namespace postbackd
{

std::string follow_moved_store(Configuration& configuration)
{
  Fixed::Store& store = configuration.fixed.store;
  store::StoreAddress named(store.path);
  if (!store.url.empty()) {
    try {
      named = store.address();
    } catch (const base::Failure&) { // without its password it cannot be asked; whoever opens it says why
      return {};
    }
  }
  const store::StoreAddress place = store::place_of(named, [&store] { return store.server_password(); });
  if (place.text() == named.text()) return {};
  configuration.moved_from = store;
  store.url = place.server ? place.server->url : "";
  if (!place.server) store.path = place.path;
  return fmt::format("the store has moved from {} to {}: name it in [store]", named.text(), place.text());
}

} // namespace postbackd
