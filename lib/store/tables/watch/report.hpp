#pragma once

#include "sql/database.hpp"
#include "store/report.hpp"

namespace postbackd::store::tables
{

// By seeks: the queries of a time are found by their ids, which grow with it.
Report make_report(sql::Database& database, base::TimePoint from, base::TimePoint to);

} // namespace postbackd::store::tables
