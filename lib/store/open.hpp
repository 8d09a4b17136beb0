#pragma once

#include <memory>

#include "store/operator_store.hpp"
#include "store/options.hpp"
#include "store/store.hpp"

// Opens stores. Nothing else knows the engine.
namespace postbackd::store
{

// Opens the store, or creates it. Throws base::Failure with a readable message.
std::unique_ptr<Store> open(StoreOptions options);

// Throws base::Failure if no store can be here: no directory, a file system of another machine, no right to
// write.
void check_place(const std::filesystem::path& path);

// Returns whether there is a store, as opposed to nothing or an empty file. Throws base::Failure if it is the
// file of another program.
bool exists(const std::filesystem::path& path);

// Opens an existing store. Throws base::Failure with a readable message.
std::unique_ptr<OperatorStore> open_operator(const std::filesystem::path& path,
                                             std::chrono::milliseconds busy_timeout, Access access);

// Puts a copy that Archive::back_up() made at the place of a store; with `replace`, an existing one
// stays as `PATH.before-restore`, in place of an older one. What was erased in the store since the copy was
// made is erased in it before. Returns how much. Throws base::Failure with a readable message; then the store
// is as it was.
Erased restore(const std::filesystem::path& from, const std::filesystem::path& path, bool replace,
               base::TimePoint now);

} // namespace postbackd::store
