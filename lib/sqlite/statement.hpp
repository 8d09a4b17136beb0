#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/digest.hpp"

// Additions to SQLiteCpp's Statement. Bound values are not copied: they must live until the statement is
// reset.
namespace postbackd::sqlite
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
// Binds a literal, which ends with a NUL.
void bind_word(SQLite::Statement& statement, int index, std::string_view literal);
void bind_blob(SQLite::Statement& statement, int index, const std::string& bytes);
void bind_blob(SQLite::Statement& statement, int index, const base::Sha256& digest);

// Returns numbers as one text, which SQL reads with `SELECT value FROM json_each(?)`.
std::string list_of(const std::vector<std::int64_t>& numbers);

// Runs a statement that returns no rows, and resets it.
void execute(SQLite::Statement& statement);

std::optional<std::string> text_or_nothing(SQLite::Statement& statement, int column);
std::string text_or_empty(SQLite::Statement& statement, int column);
std::optional<std::int64_t> number_or_nothing(SQLite::Statement& statement, int column);

// Times are text in the file (text::format_time). An unreadable time throws base::Failure, like every unknown
// word: the file is not what we wrote.
base::TimePoint time_of(SQLite::Statement& statement, int column);
std::optional<base::TimePoint> time_or_nothing(SQLite::Statement& statement, int column);
[[noreturn]] void refuse_word(const std::string& word);

// Returns the value of a word; `parse` is a function like model::event_kind_of.
template<class Word, class Parse>
Word word_of(SQLite::Statement& statement, int column, Parse parse)
{
  const std::string text = text_or_empty(statement, column);
  const std::optional<Word> word = parse(text);
  if (!word) refuse_word(text);
  return *word;
}

} // namespace postbackd::sqlite
