#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"

// What SQLiteCpp's Statement leaves to be said. Nothing is copied: what is bound must live until the
// statement is reset.
namespace postbackd::store::sqlite
{

// Resets the statement when the scope ends, so that it holds no lock and no row.
class Reset
{
public:
  explicit Reset(SQLite::Statement& statement) : statement_(statement) {}
  ~Reset() { statement_.tryReset(); }
  Reset(const Reset&) = delete;
  Reset& operator=(const Reset&) = delete;

private:
  SQLite::Statement& statement_;
};

void bind_text(SQLite::Statement& statement, int index, const std::string& text);
void bind_text_or_null(SQLite::Statement& statement, int index, const std::optional<std::string>& text);
// A word of ours: a literal, so ended by a NUL.
void bind_word(SQLite::Statement& statement, int index, std::string_view literal);
void bind_blob(SQLite::Statement& statement, int index, const std::string& bytes);
void bind_blob(SQLite::Statement& statement, int index, const base::Sha256& digest);

// Runs a statement that gives no rows, and resets it.
void execute(SQLite::Statement& statement);

std::optional<std::string> text_or_nothing(SQLite::Statement& statement, int column);

} // namespace postbackd::store::sqlite
