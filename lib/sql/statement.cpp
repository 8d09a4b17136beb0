#include "sql/statement.hpp"

#include <fmt/ranges.h>

#include "text/time.hpp"

namespace postbackd::sql
{

void bind_text(Statement& statement, int index, std::string_view text)
{
  statement.cursor().bind_text(index, text, false);
}

void bind_text_or_null(Statement& statement, int index, const std::optional<std::string>& text)
{
  if (text)
    bind_text(statement, index, *text);
  else
    statement.bind(index);
}

void bind_blob(Statement& statement, int index, std::string_view bytes)
{
  statement.cursor().bind_bytes(index, bytes);
}

void bind_blob(Statement& statement, int index, const base::Sha256& digest)
{
  const auto* bytes = reinterpret_cast<const char*>(digest.data());
  statement.cursor().bind_bytes(index, {bytes, digest.size()});
}

std::string list_of(const std::vector<std::int64_t>& numbers)
{
  return fmt::format("[{}]", fmt::join(numbers, ","));
}

void execute(Statement& statement)
{
  const Reset reset(statement);
  statement.cursor().run_later();
}

std::vector<std::int64_t> numbers_of(Statement& statement)
{
  const Reset reset(statement);
  std::vector<std::int64_t> numbers;
  while (statement.step())
    numbers.push_back(statement.column(0).int64());
  return numbers;
}

std::int64_t number_of(Database& database, const std::string& sql)
{
  Statement statement(database, sql);
  return statement.step() ? statement.column(0).int64() : 0;
}

std::optional<std::string> text_or_nothing(Statement& statement, int column)
{
  const Column value = statement.column(column);
  return value.is_null() ? std::nullopt : std::optional<std::string>(value.text());
}

std::string text_or_empty(Statement& statement, int column) { return statement.column(column).text(); }

std::optional<std::int64_t> number_or_nothing(Statement& statement, int column)
{
  const Column value = statement.column(column);
  return value.is_null() ? std::nullopt : std::optional<std::int64_t>(value.int64());
}

base::TimePoint time_of(Statement& statement, int column)
{
  const std::string text = text_or_empty(statement, column);
  const auto time = text::parse_time(text);
  if (!time) refuse_word(text);
  return *time;
}

std::optional<base::TimePoint> time_or_nothing(Statement& statement, int column)
{
  if (statement.column(column).is_null()) return std::nullopt;
  return time_of(statement, column);
}

void refuse_word(const std::string& word)
{
  throw base::Failure(base::Errc::invalid,
                      "the store has a word or a time that this program does not know: '" +
                          word.substr(0, 40) + "'; was it written by another program?");
}

} // namespace postbackd::sql
