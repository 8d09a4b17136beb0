#pragma once

#include "sqlite/connection.hpp"
#include "store/sqlite/common/names.hpp"

namespace postbackd::store::sqlite
{

// Opens the file of a store; with Mode::create, makes one where there is none, and brings an older one to
// this version; `why_not_made` as in StoreOptions. Throws base::Failure with a readable message, also for a
// file that is not a store of ours.
Connection open_file(const ConnectionOptions& options, Connection::Mode mode,
                     const std::string& why_not_made = {});

// Throws base::Failure if no store can be there.
void check_place(const std::filesystem::path& path);

} // namespace postbackd::store::sqlite
