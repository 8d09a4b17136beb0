#include "store/postgresql/group_writer.hpp"

#include "base/log.hpp"
#include "sql/statement.hpp"
#include "store/tables/move/filling.hpp"

namespace postbackd::store::postgresql
{
namespace
{

constexpr auto note_group_sql = R"(
  INSERT INTO writers (name, committed, at) VALUES (?1, ?2, clock_timestamp())
  ON CONFLICT (name) DO UPDATE SET committed = excluded.committed, at = excluded.at)";
// Waits until the transaction that has written it has ended, one way or the other. It writes, so that it
// waits for a standby as that one would have.
constexpr auto find_group_sql =
    "UPDATE writers SET at = clock_timestamp() WHERE name = ?1 AND committed = ?2";
constexpr auto give_back_attempts_sql = R"(
  UPDATE attempts SET outcome = 'retry', finished_at = clock_timestamp(), detail = 'the connection to the database was lost'
   WHERE finished_at IS NULL AND delivery IN (SELECT id FROM deliveries WHERE state = 'running' AND claimed_by = ?1))";
constexpr auto give_back_sql = R"(
  UPDATE deliveries SET state = 'due', next_attempt_at = clock_timestamp(), forgiven = forgiven + 1
   WHERE state = 'running' AND claimed_by = ?1)";

postbackd::postgresql::ConnectionOptions by_index(postbackd::postgresql::ConnectionOptions options)
{
  options.by_index = true;
  return options;
}

} // namespace

GroupWriter::GroupWriter(const postbackd::postgresql::ConnectionOptions& options, std::string process,
                         OnFatal on_fatal)
    : database_(by_index(options)), name_(std::move(process)), on_fatal_(std::move(on_fatal))
{
}

std::optional<base::Error> GroupWriter::fatal()
{
  const std::lock_guard lock(mutex_);
  return fatal_;
}

base::Error GroupWriter::note(base::Error error)
{
  if (error.code != base::Errc::fatal || fatal()) return error;
  {
    const std::lock_guard lock(mutex_);
    fatal_ = error;
  }
  if (on_fatal_) on_fatal_(error);
  return error;
}

std::optional<base::Error> GroupWriter::begin()
{
  try {
    if (database_.session().is_lost()) database_.session().connect();
    database_.begin_to_write();
    for (const std::string& claimed : unknown_)
      give_back(claimed);
    sql::Statement note(database_, note_group_sql);
    sql::bind_text(note, 1, name_);
    note.bind(2, ++group_);
    sql::execute(note);
    return std::nullopt;
  } catch (const base::Failure& e) {
    database_.roll_back();
    return e.error();
  }
}

void GroupWriter::commit()
{
  try {
    database_.commit();
  } catch (const sql::Failure& e) {
    unknown_.push_back(claim_name());
    if (!database_.session().is_lost()) throw;
    base::log::warning("commit_unknown", {{"why", e.what()}});
    if (!has_committed()) throw;
  }
  unknown_.clear();
}

void GroupWriter::give_back(const std::string& claimed)
{
  for (const char* sql : {give_back_attempts_sql, give_back_sql}) {
    sql::Statement give_back(database_, sql);
    sql::bind_text(give_back, 1, claimed);
    sql::execute(give_back);
  }
}

// Throws if nobody can say.
bool GroupWriter::has_committed()
{
  database_.session().connect();
  sql::Statement find(database_, find_group_sql);
  sql::bind_text(find, 1, name_);
  find.bind(2, group_);
  return find.exec() == 1;
}

void GroupWriter::look()
{
  if (fatal()) return;
  try {
    if (database_.session().is_lost()) database_.session().connect();
    tables::refuse_moved(database_);
  } catch (const base::Failure& e) { // what is not fatal, the next group says
    note(e.error());
  }
}

} // namespace postbackd::store::postgresql
