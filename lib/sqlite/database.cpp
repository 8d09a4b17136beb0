#include "sqlite/database.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

namespace postbackd::sqlite
{
namespace
{

class SqliteCursor final : public sql::Cursor
{
public:
  SqliteCursor(const Database& database, sqlite3* handle, const std::string& sql)
      : database_(database), handle_(handle)
  {
    check(sqlite3_prepare_v2(handle_, sql.c_str(), static_cast<int>(sql.size() + 1), &statement_, nullptr));
  }
  ~SqliteCursor() override { sqlite3_finalize(statement_); }
  SqliteCursor(const SqliteCursor&) = delete;
  SqliteCursor& operator=(const SqliteCursor&) = delete;

  void bind_null(int index) override { check(sqlite3_bind_null(statement_, index)); }
  void bind_number(int index, std::int64_t number) override
  {
    check(sqlite3_bind_int64(statement_, index, number));
  }
  void bind_text(int index, std::string_view text, bool copied) override
  {
    const auto destructor = copied ? SQLITE_TRANSIENT : SQLITE_STATIC;
    check(sqlite3_bind_text64(statement_, index, text.data() ? text.data() : "", text.size(), destructor,
                              SQLITE_UTF8));
  }
  void bind_bytes(int index, std::string_view bytes) override
  {
    check(sqlite3_bind_blob64(statement_, index, bytes.data() ? bytes.data() : "", bytes.size(),
                              SQLITE_STATIC));
  }

  bool step() override
  {
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) fail();
    return code == SQLITE_ROW;
  }
  std::int64_t run() override
  {
    while (step()) {
    }
    return sqlite3_changes(handle_);
  }
  std::int64_t insert(const char*) override
  {
    run();
    return sqlite3_last_insert_rowid(handle_);
  }
  void reset() noexcept override { sqlite3_reset(statement_); }

  int values() override { return sqlite3_bind_parameter_count(statement_); }
  int columns() override { return sqlite3_column_count(statement_); }
  bool is_null(int column) override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t number(int column) override { return sqlite3_column_int64(statement_, column); }
  std::string_view bytes(int column) override
  {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

private:
  void check(int code)
  {
    if (code != SQLITE_OK) fail();
  }
  [[noreturn]] void fail() { database_.fail(SQLite::Exception(handle_, sqlite3_errcode(handle_))); }

  const Database& database_;
  sqlite3* handle_;
  sqlite3_stmt* statement_ = nullptr;
};

} // namespace

std::unique_ptr<sql::Cursor> Database::prepare(const std::string& sql)
{
  return std::make_unique<SqliteCursor>(*this, database_.getHandle(), sql);
}

void Database::exec(const std::string& sql)
{
  translated(*this, [&] { database_.exec(sql); });
}

void Database::fail(const SQLite::Exception& exception) const
{
  base::Error error = to_error(exception);
  throw sql::Failure(failures_ ? failures_->note(std::move(error)) : std::move(error));
}

} // namespace postbackd::sqlite
