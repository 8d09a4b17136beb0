#pragma once

#include <SQLiteCpp/Database.h>

#include "model/data_subject.hpp"

namespace postbackd::store::sqlite
{

// Adds functions to a connection. What they refer to must outlive its statements.

// mentions(TEXT or BLOB): whether it names the person; null: nothing does.
// is_opaque(BLOB): whether nobody can look into these bytes: they are compressed, or in a charset whose
// digits are no ASCII.
void add_search_functions(SQLite::Database& database, const model::DataSubject* subject);

} // namespace postbackd::store::sqlite
