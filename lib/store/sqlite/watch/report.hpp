#pragma once

#include <SQLiteCpp/Database.h>

#include "store/report.hpp"

namespace postbackd::store::sqlite
{

// By seeks: the queries of a time are found by their ids, which grow with it.
Report make_report(SQLite::Database& database, base::TimePoint from, base::TimePoint to);

} // namespace postbackd::store::sqlite
