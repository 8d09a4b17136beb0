#pragma once

#include "sqlite/connection.hpp"
#include "store/sqlite/common/names.hpp"

namespace postbackd::store::sqlite
{

// Opens the file of a store; with Mode::create, makes one where there is none, and brings an older one to
// this version. Throws base::Failure with a readable message, also for a file that is not a store of ours.
Connection open_file(const ConnectionOptions& options, Connection::Mode mode);

} // namespace postbackd::store::sqlite
