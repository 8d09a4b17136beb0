#include "postgresql/cursor.hpp"

#include <charconv>

#include "postgresql/values.hpp"

namespace postbackd::postgresql
{

PostgresqlCursor::Value* PostgresqlCursor::find(int index)
{
  const auto& places = prepared_->text.places;
  const auto number = static_cast<std::size_t>(index - 1);
  const int place = number < places.size() ? places[number] : 0;
  return place > 0 ? &values_.at(static_cast<std::size_t>(place - 1)) : nullptr;
}

void PostgresqlCursor::bind_null(int index)
{
  if (Value* const value = find(index)) *value = Value();
}

void PostgresqlCursor::bind_number(int index, std::int64_t number)
{
  Value* const value = find(index);
  if (!value) return;
  const Oid type = prepared_->values.at(static_cast<std::size_t>(value - values_.data()));
  value->kept = encode_number(number, type, value->binary);
  value->present = true;
  value->own();
}

// libpq reads text up to a NUL, so it is copied.
void PostgresqlCursor::bind_text(int index, std::string_view text, bool)
{
  Value* const value = find(index);
  if (!value) return;
  value->present = true;
  value->binary = false;
  value->kept = is_storable_text(text) ? std::string(text) : storable_text(text);
  value->own();
}

void PostgresqlCursor::bind_bytes(int index, std::string_view bytes)
{
  Value* const value = find(index);
  if (!value) return;
  value->present = true;
  value->binary = true;
  value->is_view = true;
  value->view = bytes.data() ? bytes : std::string_view("", 0);
}

void PostgresqlCursor::send()
{
  result_.reset();
  if (prepared_->session != database_.session().number()) database_.refresh(*prepared_);
  Values values;
  for (const Value& value : values_) {
    values.data.push_back(value.present ? value.view.data() : nullptr);
    values.lengths.push_back(static_cast<int>(value.view.size()));
    values.formats.push_back(value.binary);
  }
  database_.session().send(prepared_->name, values);
}

bool PostgresqlCursor::step()
{
  if (result_) return ++row_ < PQntuples(result_.get());
  send();
  result_ = database_.session().finish();
  row_ = 0;
  return PQntuples(result_.get()) > 0;
}

std::int64_t PostgresqlCursor::run()
{
  send();
  const ResultPtr result = database_.session().finish();
  const std::string_view tag = PQcmdTuples(result.get());
  std::int64_t count = 0;
  std::from_chars(tag.data(), tag.data() + tag.size(), count);
  return count;
}

void PostgresqlCursor::run_later()
{
  if (!database_.is_writing()) {
    run();
    return;
  }
  send();
}

std::int64_t PostgresqlCursor::insert(const char* key)
{
  if (!returning_) returning_ = database_.prepare(sql_ + " RETURNING " + key);
  auto& other = static_cast<PostgresqlCursor&>(*returning_);
  other.values_ = values_;
  for (Value& value : other.values_)
    if (!value.is_view) value.own();
  const std::int64_t number = other.step() ? other.number(0) : 0;
  other.reset();
  return number;
}

bool PostgresqlCursor::is_null(int column) { return PQgetisnull(result_.get(), row_, column) != 0; }

std::string_view PostgresqlCursor::value_of(int column) const
{
  return {PQgetvalue(result_.get(), row_, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
}

std::int64_t PostgresqlCursor::number(int column)
{
  return is_null(column) ? 0 : decode_number(value_of(column), PQftype(result_.get(), column));
}

std::string_view PostgresqlCursor::bytes(int column)
{
  if (is_null(column)) return {};
  const Oid type = PQftype(result_.get(), column);
  if (is_bytes(type)) return value_of(column);
  const auto place = static_cast<std::size_t>(column);
  if (texts_.size() <= place) texts_.resize(place + 1);
  return texts_[place] = decode_text(value_of(column), type);
}

} // namespace postbackd::postgresql
