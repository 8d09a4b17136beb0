#pragma once

#include <SQLiteCpp/Database.h>

#include "store/postback_store.hpp"

namespace postbackd::store::sqlite
{

// Reads all figures that are in the file; leaves `queued` and `journal_bytes` 0.
StoreFigures read_figures(SQLite::Database& database, base::TimePoint now);

} // namespace postbackd::store::sqlite
