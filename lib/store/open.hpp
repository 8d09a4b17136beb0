#pragma once

#include <memory>

#include "store/operator_store.hpp"
#include "store/options.hpp"
#include "store/store.hpp"

// Opens stores. Nothing else knows the engines.
namespace postbackd::store
{

// Opens the store, or creates it. Throws base::Failure with a readable message.
std::unique_ptr<Store> open(StoreOptions options);

// Throws base::Failure if no store can be here: no directory, a file system of another machine, no right to
// write; or no server that answers.
void check_place(const StoreAddress& address);

// Returns whether there is a store, as opposed to nothing or an empty file or database. Throws base::Failure
// if it is the file of another program.
bool exists(const StoreAddress& address);

// Opens an existing store. Throws base::Failure with a readable message.
std::unique_ptr<OperatorStore> open_operator(const StoreAddress& address,
                                             std::chrono::milliseconds busy_timeout, Access access);

// Returns the SQL that makes a store on a server, for whoever may not let us do it.
std::string server_schema();

// Puts a copy that Archive::back_up() made at the place of a store; with `replace`, an existing one
// stays as `PATH.before-restore`, in place of an older one. What was erased in the store since the copy was
// made is erased in it before. Returns how much. Throws base::Failure with a readable message; then the store
// is as it was.
Erased restore(const std::filesystem::path& from, const std::filesystem::path& path, bool replace,
               base::TimePoint now);

} // namespace postbackd::store
