#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace postbackd::store::sqlite
{

// "pbkd", in the header of every store (PRAGMA application_id).
constexpr std::int32_t application_id = 0x70626B64;

// schema/*.sql in order, embedded at build time; the n-th makes user_version n.
const std::vector<std::string_view>& embedded_migrations();

// What a file is, found without changing a byte of it.
enum class FileKind { absent, empty, ours };

// Throws base::Failure (invalid) with a sentence for people when the file is another program's, of a newer
// postbackd, or not a healthy SQLite file.
FileKind inspect(const std::filesystem::path& path, const char* vfs = nullptr);

// Brings the open file to the newest version, each step in a transaction of its own.
void migrate(SQLite::Database& database);

} // namespace postbackd::store::sqlite
