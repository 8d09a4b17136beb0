#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace postbackd::store::sqlite
{

// "pbkd", in the header of every store (PRAGMA application_id).
constexpr std::int32_t application_id = 0x70626B64;

// PRAGMA user_version of a store that this program reads and writes.
constexpr int schema_version = 1;

// schema/sqlite/[1-9]_*.sql in order, and schema/sqlite/planner.sql and newer_indexes.sql, embedded at build
// time.
const std::vector<std::string_view>& schema_files();
std::string_view planner_sql();
std::string_view newer_indexes_sql();

// The state of a file before it is opened as a store.
enum class FileKind { absent, empty, ours };

// Finds the kind of a file without changing what it says; what a killed program has left half done is put in
// order. Throws base::Failure (invalid), with a readable
// message, if the file belongs to another program or a newer postbackd, or is not a SQLite file.
FileKind inspect(const std::filesystem::path& path, const char* vfs = nullptr);

// What to do with a damaged file, for people.
std::string how_to_restore();

// Creates the schema in an empty file, and restores the planner's statistics in any: a user's ANALYZE
// replaces them. Returns whether the file was empty.
bool create_schema(SQLite::Database& database);

} // namespace postbackd::store::sqlite
