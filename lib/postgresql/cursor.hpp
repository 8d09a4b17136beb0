#pragma once

#include <memory>
#include <string>
#include <vector>

#include "postgresql/database.hpp"

namespace postbackd::postgresql
{

// A statement of a Database, with its values and the rows of its last run.
class PostgresqlCursor final : public sql::Cursor
{
public:
  PostgresqlCursor(Database& database, std::shared_ptr<Prepared> prepared, std::string sql)
      : database_(database), prepared_(std::move(prepared)), sql_(std::move(sql)),
        values_(prepared_->values.size())
  {
  }

  void bind_null(int index) override;
  void bind_number(int index, std::int64_t number) override;
  void bind_text(int index, std::string_view text, bool copied) override;
  void bind_bytes(int index, std::string_view bytes) override;

  bool step() override;
  std::int64_t run() override;
  void run_later() override;
  std::int64_t insert(const char* key) override;
  void reset() noexcept override { result_.reset(); }

  int values() override { return static_cast<int>(prepared_->values.size()); }
  int columns() override { return static_cast<int>(prepared_->columns.size()); }
  bool is_null(int column) override;
  std::int64_t number(int column) override;
  std::string_view bytes(int column) override;

  // Sends it; Session::finish() has the answer.
  void send();

private:
  struct Value {
    bool present = false;
    bool binary = false;
    bool is_view = false;
    std::string kept;
    std::string_view view;
    void own() { view = kept, is_view = false; }
  };

  Value* find(int index); // nothing for a value that is not in the statement
  std::string_view value_of(int column) const;

  Database& database_;
  std::shared_ptr<Prepared> prepared_;
  std::string sql_;
  std::vector<Value> values_;
  ResultPtr result_;
  int row_ = 0;
  std::vector<std::string> texts_; // of the row's columns that are no text on the wire
  std::unique_ptr<sql::Cursor> returning_;
};

} // namespace postbackd::postgresql
