#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "postgresql/dialect.hpp"
#include "postgresql/session.hpp"
#include "sql/reader.hpp"

namespace postbackd::postgresql
{

// A statement as a connection knows it.
struct Prepared {
  Translated text;
  std::string name;
  std::uint64_t session = 0; // Session::number
  std::vector<Oid> values;
  std::vector<Oid> columns;
};

// A connection to PostgreSQL as the store's SQL sees it. Statements are prepared once for each text and
// connection, however often they are made; after renew() again when they are used.
class Database final : public sql::Database, public sql::Connection
{
public:
  explicit Database(const ConnectionOptions& options) : session_(options) {}

  std::unique_ptr<sql::Cursor> prepare(const std::string& sql) override;
  void exec(const std::string& sql) override { session_.run(sql); }
  sql::Dialect dialect() const override { return sql::Dialect::postgresql; }
  void begin_to_write() override;
  void commit() override;
  void roll_back() noexcept override;

  sql::Database& database() override { return *this; }
  bool renew() override;

  Session& session() { return session_; }
  bool is_writing() const { return writing_; } // inside begin_to_write() … commit()
  // Makes what was prepared known to the connection as it is now.
  void refresh(Prepared& prepared);

private:
  std::shared_ptr<Prepared> known(const std::string& sql);
  void forget_some();

  Session session_;
  std::map<std::string, std::shared_ptr<Prepared>> prepared_; // by the text as it was given
  std::uint64_t names_ = 0;
  bool writing_ = false;
};

// The store's turn to write: one transaction of all its receivers and of programs that register, at a time.
// Its number is that of an advisory lock, in SQL: schema/postgresql.
constexpr auto take_turn_sql = "SELECT take_turn()";

} // namespace postbackd::postgresql
