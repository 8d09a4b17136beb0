#include "postgresql/database.hpp"

#include "postgresql/cursor.hpp"

namespace postbackd::postgresql
{
namespace
{

// Texts with numbers in them are many; the server keeps each that is prepared.
constexpr std::size_t most_prepared = 400;

} // namespace

std::unique_ptr<sql::Cursor> Database::prepare(const std::string& sql)
{
  return std::make_unique<PostgresqlCursor>(*this, known(sql), sql);
}

std::shared_ptr<Prepared> Database::known(const std::string& sql)
{
  std::shared_ptr<Prepared> prepared = prepared_[sql];
  if (!prepared) {
    prepared = std::make_shared<Prepared>();
    prepared->text = translate(sql);
  }
  if (prepared->session != session_.number()) refresh(*prepared);
  forget_some();
  return prepared_[sql] = prepared;
}

void Database::refresh(Prepared& prepared)
{
  const std::string name = "s" + std::to_string(++names_);
  session_.send_prepare(name, prepared.text.sql);
  session_.send_describe(name);
  ResultPtr described;
  try {
    described = session_.finish();
  } catch (const sql::Failure& e) {
    throw sql::Failure(e.error().code, std::string(e.what()) + " in: " + prepared.text.sql);
  }
  prepared.values.clear();
  prepared.columns.clear();
  for (int i = 0; i < PQnparams(described.get()); ++i)
    prepared.values.push_back(PQparamtype(described.get(), i));
  for (int i = 0; i < PQnfields(described.get()); ++i)
    prepared.columns.push_back(PQftype(described.get(), i));
  prepared.name = name;
  prepared.session = session_.number();
}

// Those that nobody holds.
void Database::forget_some()
{
  if (prepared_.size() <= most_prepared) return;
  for (auto each = prepared_.begin(); each != prepared_.end();) {
    if (each->second.use_count() > 1) {
      ++each;
      continue;
    }
    if (each->second && each->second->session == session_.number())
      session_.run("DEALLOCATE " + each->second->name);
    each = prepared_.erase(each);
  }
}

void Database::begin_to_write()
{
  writing_ = true;
  sql::Statement(*this, "BEGIN").cursor().run_later();
  sql::Statement turn(*this, take_turn_sql);
  turn.step();
}

void Database::commit()
{
  writing_ = false;
  PostgresqlCursor end(*this, known("COMMIT"), "COMMIT");
  end.send();
  const ResultPtr result = session_.finish();
  // What has failed before and was caught makes it a ROLLBACK without an error.
  if (std::string_view(PQcmdStatus(result.get())) != "COMMIT")
    throw sql::Failure(base::Errc::unavailable, "PostgreSQL has rolled the transaction back");
}

void Database::roll_back() noexcept
{
  writing_ = false;
  try {
    session_.forget();
    if (!session_.is_lost() && session_.in_transaction()) session_.run("ROLLBACK");
  } catch (const sql::Failure&) {
    session_.close();
  }
}

bool Database::renew()
{
  if (!session_.is_lost()) return false;
  try {
    session_.connect();
    return true;
  } catch (const sql::Failure&) {
    return false;
  }
}

} // namespace postbackd::postgresql
