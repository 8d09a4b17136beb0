#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "sql/database.hpp"

namespace postbackd::sql
{

// A value of the row at which a statement stands.
class Column
{
public:
  Column(Cursor& cursor, int column) : cursor_(cursor), column_(column) {}

  bool is_null() const { return cursor_.is_null(column_); }
  std::int64_t int64() const { return cursor_.number(column_); } // 0 for NULL
  int int32() const { return static_cast<int>(cursor_.number(column_)); }
  std::string text() const { return std::string(cursor_.bytes(column_)); } // empty for NULL
  std::string_view bytes() const { return cursor_.bytes(column_); }

private:
  Cursor& cursor_;
  int column_;
};

class Statement
{
public:
  Statement(Database& database, const std::string& sql) : cursor_(database.prepare(sql)) {}

  void bind(int index) { cursor_->bind_null(index); }
  void bind(int index, int number) { cursor_->bind_number(index, number); }
  void bind(int index, std::int64_t number) { cursor_->bind_number(index, number); }
  void bind(int index, const std::string& text) { cursor_->bind_text(index, text, true); }
  void bind(int index, const char* text) { cursor_->bind_text(index, text, true); }

  bool step() { return cursor_->step(); }
  // Runs it to its end; returns how many rows it has changed.
  std::int64_t exec() { return cursor_->run(); }
  // Runs an INSERT of one row; returns its number, which stands in the column `key`.
  std::int64_t insert(const char* key) { return cursor_->insert(key); }
  void reset() noexcept { cursor_->reset(); }

  int values() { return cursor_->values(); }
  int columns() { return cursor_->columns(); }
  Column column(int index) { return {*cursor_, index}; }
  Cursor& cursor() { return *cursor_; }

private:
  std::unique_ptr<Cursor> cursor_;
};

// Returns the text in the words of this database: the file's, or the server's. For what has none in common.
inline const char* worded(const Database& database, const char* sqlite, const char* postgresql)
{
  return database.dialect() == Dialect::sqlite ? sqlite : postgresql;
}

// Resets the statement when the scope ends, so that it holds no lock and no row.
class Reset
{
public:
  explicit Reset(Statement& statement) : statement_(statement) {}
  ~Reset() { statement_.reset(); }
  Reset(const Reset&) = delete;
  Reset& operator=(const Reset&) = delete;

private:
  Statement& statement_;
};

// The values that these bind are not copied: they must live until the statement is reset.
void bind_text(Statement& statement, int index, std::string_view text);
void bind_text_or_null(Statement& statement, int index, const std::optional<std::string>& text);
void bind_blob(Statement& statement, int index, std::string_view bytes);
void bind_blob(Statement& statement, int index, const base::Sha256& digest);
inline void bind_word(Statement& statement, int index, std::string_view literal)
{
  bind_text(statement, index, literal);
}

// Returns numbers as one text, which SQL reads with `SELECT value FROM json_each(?)`.
std::string list_of(const std::vector<std::int64_t>& numbers);

// Runs a statement that returns no rows, and resets it. What it fails with may be thrown by a later one of
// its transaction, or by the commit.
void execute(Statement& statement);

// Returns the numbers in the first column of all rows, and resets the statement.
std::vector<std::int64_t> numbers_of(Statement& statement);

// Returns the first column of the first row, or 0.
std::int64_t number_of(Database& database, const std::string& sql);

std::optional<std::string> text_or_nothing(Statement& statement, int column);
std::string text_or_empty(Statement& statement, int column);
std::optional<std::int64_t> number_or_nothing(Statement& statement, int column);

// Times are UTC text (text::format_time). An unreadable time throws base::Failure, like every unknown word:
// the store is not what we wrote.
base::TimePoint time_of(Statement& statement, int column);
std::optional<base::TimePoint> time_or_nothing(Statement& statement, int column);
[[noreturn]] void refuse_word(const std::string& word);

// Returns the value of a word; `parse` is a function like model::event_kind_of.
template<class Word, class Parse>
Word word_of(Statement& statement, int column, Parse parse)
{
  const std::string text = text_or_empty(statement, column);
  const std::optional<Word> word = parse(text);
  if (!word) refuse_word(text);
  return *word;
}

// Takes the rows of a statement, 200 in each read transaction, so that nothing is held back for long. Its
// first column is a number that grows, ?1 the number to begin after, ?2 how many at most. Calls
// progress(done) after each part.
template<class Take, class Progress>
void read_in_parts(Statement& next, Take take, Progress progress)
{
  constexpr int rows_at_once = 200;
  std::int64_t last = 0;
  std::int64_t done = 0;
  for (int found = 1; found > 0;) {
    found = 0;
    const Reset reset(next);
    next.bind(1, last);
    next.bind(2, rows_at_once);
    for (; next.step(); ++found, ++done) {
      last = next.column(0).int64();
      take(next);
    }
    progress(done);
  }
}

} // namespace postbackd::sql
