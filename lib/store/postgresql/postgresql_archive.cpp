#include "store/postgresql/postgresql_archive.hpp"

#include "store/postgresql/remains.hpp"
#include "store/postgresql/vacuum.hpp"
#include "store/tables/common/settings.hpp"
#include "store/tables/verification.hpp"

namespace postbackd::store::postgresql
{

void PostgresqlArchive::back_up(const std::filesystem::path&, const SearchProgress&)
{
  throw base::Failure(base::Errc::invalid,
                      "the store is in PostgreSQL: copy it with `pg_dump --schema=postbackd "
                      "--format=custom`, or with pgBackRest (docs/scale.md)");
}

void PostgresqlArchive::verify(
    const std::function<void(const std::string& problem)>& say,
    const std::function<void(const std::string& what, std::int64_t done, std::int64_t total)>& progress)
{
  tables::check_relations(database(), say, progress);
  tables::check_bodies(database(), say, progress);
}

std::vector<std::string> PostgresqlArchive::complete_erasure(const ToErase& which)
{
  vacuum_erased(server_.session().options());
  tables::set_setting(database(), "scrub", "");
  if (!which.subject) return {};
  std::vector<std::string> left = rows_with(database(), *which.subject);
  const Erased later =
      erase(which, "", true, {}, [](std::int64_t, std::int64_t) {}); // in bodies, and what is of them
  if (!later.is_nothing()) left.push_back("what has come meanwhile");
  return left;
}

std::string PostgresqlArchive::beyond_reach() const
{
  return "the server's WAL and its archive, replicas that have not replayed the erasure, and backups: they "
         "are "
         "PostgreSQL's, and keep what was in the database until they expire";
}

} // namespace postbackd::store::postgresql
