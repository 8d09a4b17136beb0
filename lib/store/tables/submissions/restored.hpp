#pragma once

#include "base/clock.hpp"
#include "sql/database.hpp"

namespace postbackd::store::tables
{

// Notes that a copy is in the place of a store: what was queued when it was made is looked for in the
// platform's log before it is sent, and a new era begins (queries/eras.hpp). Inside a transaction that
// writes.
void mark_restored(sql::Database& database, base::TimePoint now);

} // namespace postbackd::store::tables
