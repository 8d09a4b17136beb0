#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "store/options.hpp"

namespace postbackd::store
{

using MoveProgress = std::function<void(const std::string& what, std::int64_t done, std::int64_t total)>;

struct Moved {
  std::int64_t rows = 0; // that were compared, and are the same
  std::int64_t tables = 0;
  bool before = false; // it had moved already
};

// Moves a store between a file and a database of a server, while receivers use it: ids, receipts, numbers of
// events and all else stay. At the end the old one refuses each change: a receiver that uses it ends, and
// finds the new one when it starts again (place_of). Called again after it was interrupted, it goes on.
// Throws base::Failure; then the store is where it was.
Moved move(const StoreAddress& from, const StoreAddress& to, const MoveProgress& progress);

// Gives a move up: the store is as before, and what is at its new place is no store. Throws base::Failure.
void abandon_move(const StoreAddress& from);

// Returns where the store of an address is now; calls `password` for one of a server to which it has moved.
// Throws base::Failure if it is on another machine, or not all there.
StoreAddress place_of(const StoreAddress& named, const std::function<std::string()>& password);

} // namespace postbackd::store
