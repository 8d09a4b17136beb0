#pragma once

#include <SQLiteCpp/Database.h>

#include "store/postback_store.hpp"

namespace postbackd::store::sqlite
{

// Reads all figures that stand in the file; `queued` and `journal_bytes` are left 0.
StoreFigures read_figures(SQLite::Database& database, base::TimePoint now);

} // namespace postbackd::store::sqlite
