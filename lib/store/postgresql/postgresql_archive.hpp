#pragma once

#include "postgresql/database.hpp"
#include "store/tables/table_archive.hpp"

namespace postbackd::store::postgresql
{

// Copies are the matter of PostgreSQL's tools.
class PostgresqlArchive final : public tables::TableArchive
{
public:
  explicit PostgresqlArchive(postbackd::postgresql::Database& database)
      : TableArchive(database), server_(database)
  {
  }

  void back_up(const std::filesystem::path& to, const SearchProgress& progress) override;
  void verify(const std::function<void(const std::string& problem)>& say,
              const std::function<void(const std::string& what, std::int64_t done, std::int64_t total)>&
                  progress) override;
  std::vector<std::string> complete_erasure(const ToErase& which) override;
  std::string beyond_reach() const override;

private:
  void note_erasure(const tables::FoundToErase&, base::TimePoint) override {}

  postbackd::postgresql::Database& server_;
};

} // namespace postbackd::store::postgresql
