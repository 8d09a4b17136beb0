#include "sqlite/statement.hpp"

#include <fmt/ranges.h>

#include "base/error.hpp"
#include "text/time.hpp"

namespace postbackd::sqlite
{

void bind_text(SQLite::Statement& statement, int index, const std::string& text)
{
  statement.bindNoCopy(index, text);
}

void bind_word(SQLite::Statement& statement, int index, std::string_view literal)
{
  statement.bindNoCopy(index, literal.data());
}

void bind_text_or_null(SQLite::Statement& statement, int index, const std::optional<std::string>& text)
{
  if (text)
    bind_text(statement, index, *text);
  else
    statement.bind(index);
}

void bind_blob(SQLite::Statement& statement, int index, const std::string& bytes)
{
  statement.bindNoCopy(index, bytes.data(), static_cast<int>(bytes.size()));
}

void bind_blob(SQLite::Statement& statement, int index, const base::Sha256& digest)
{
  statement.bindNoCopy(index, digest.data(), static_cast<int>(digest.size()));
}

std::string list_of(const std::vector<std::int64_t>& numbers)
{
  return fmt::format("[{}]", fmt::join(numbers, ","));
}

void execute(SQLite::Statement& statement)
{
  const Reset reset(statement);
  statement.exec();
}

std::optional<std::string> text_or_nothing(SQLite::Statement& statement, int column)
{
  const SQLite::Column value = statement.getColumn(column);
  return value.isNull() ? std::nullopt : std::optional<std::string>(value.getString());
}

std::string text_or_empty(SQLite::Statement& statement, int column)
{
  return statement.getColumn(column).getString(); // empty for NULL
}

std::optional<std::int64_t> number_or_nothing(SQLite::Statement& statement, int column)
{
  const SQLite::Column value = statement.getColumn(column);
  return value.isNull() ? std::nullopt : std::optional<std::int64_t>(value.getInt64());
}

base::TimePoint time_of(SQLite::Statement& statement, int column)
{
  const std::string text = text_or_empty(statement, column);
  const auto time = text::parse_time(text);
  if (!time) refuse_word(text);
  return *time;
}

std::optional<base::TimePoint> time_or_nothing(SQLite::Statement& statement, int column)
{
  if (statement.getColumn(column).isNull()) return std::nullopt;
  return time_of(statement, column);
}

void refuse_word(const std::string& word)
{
  throw base::Failure(base::Errc::invalid,
                      "the store has a word or a time that this program does not know: '" +
                          word.substr(0, 40) + "'; was it written by another program?");
}

} // namespace postbackd::sqlite
