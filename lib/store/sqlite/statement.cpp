#include "store/sqlite/statement.hpp"

namespace postbackd::store::sqlite
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

} // namespace postbackd::store::sqlite
