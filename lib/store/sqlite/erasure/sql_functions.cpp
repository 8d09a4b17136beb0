#include "store/sqlite/erasure/sql_functions.hpp"

#include <sqlite3.h>

namespace postbackd::store::sqlite
{
namespace
{

std::string_view bytes_of(sqlite3_value* value)
{
  const auto* bytes = static_cast<const char*>(sqlite3_value_blob(value));
  return bytes ? std::string_view(bytes, static_cast<std::size_t>(sqlite3_value_bytes(value)))
               : std::string_view();
}

void mentions(sqlite3_context* context, int, sqlite3_value** values)
{
  const auto* subject = static_cast<const model::DataSubject*>(sqlite3_user_data(context));
  sqlite3_result_int(context, subject && subject->is_in(bytes_of(values[0])));
}

bool is_opaque(std::string_view bytes)
{
  const bool gzip = bytes.starts_with("\x1f\x8b");
  const bool zlib = bytes.starts_with("\x78\x01") || bytes.starts_with("\x78\x5e") ||
                    bytes.starts_with("\x78\x9c") || bytes.starts_with("\x78\xda");
  return gzip || zlib || bytes.find('\0') != std::string_view::npos;
}

void is_opaque(sqlite3_context* context, int, sqlite3_value** values)
{
  sqlite3_result_int(context, is_opaque(bytes_of(values[0])));
}

} // namespace

void add_search_functions(SQLite::Database& database, const model::DataSubject* subject)
{
  sqlite3* const handle = database.getHandle();
  void* const user = const_cast<model::DataSubject*>(subject);
  sqlite3_create_function(handle, "mentions", 1, SQLITE_UTF8, user, &mentions, nullptr, nullptr);
  sqlite3_create_function(handle, "is_opaque", 1, SQLITE_UTF8, nullptr, &is_opaque, nullptr, nullptr);
}

} // namespace postbackd::store::sqlite
