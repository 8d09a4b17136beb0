#pragma once

#include <string>
#include <vector>

#include "model/data_subject.hpp"
#include "sql/database.hpp"

namespace postbackd::store::postgresql
{

// Names what in the tables of a store, but for bodies, still has a person's number or address, for people:
// `the table postbacks`.
std::vector<std::string> rows_with(sql::Database& database, const model::DataSubject& subject);

} // namespace postbackd::store::postgresql
