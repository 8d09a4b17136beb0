#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/data_subject.hpp"
#include "sql/database.hpp"

namespace postbackd::store::sqlite
{

// Both name what still has a person's number or address, for people; up to some of each.

// In the tables of a store: `table postbacks, row 12`.
std::vector<std::string> rows_with(sql::Database& database, const model::DataSubject& subject);
// In the directory of a store, but for the store itself and its copies: `the file '…'`. A file that cannot be
// read may have it.
std::vector<std::string> files_with(const std::filesystem::path& store, const model::DataSubject& subject);

} // namespace postbackd::store::sqlite
