#pragma once

#include "sqlite/connection.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/tables/table_archive.hpp"

namespace postbackd::store::sqlite
{

class SqliteArchive final : public tables::TableArchive
{
public:
  explicit SqliteArchive(Connection& connection)
      : TableArchive(connection.database()), connection_(connection)
  {
  }

  void back_up(const std::filesystem::path& to, const SearchProgress& progress) override;
  void verify(const std::function<void(const std::string& problem)>& say,
              const std::function<void(const std::string& what, std::int64_t done, std::int64_t total)>&
                  progress) override;
  std::vector<std::string> complete_erasure(const ToErase& which) override;

private:
  void note_erasure(const tables::FoundToErase& found, base::TimePoint now) override;
  void forget_registration() override;
  void empty_wal();

  Connection& connection_;
};

} // namespace postbackd::store::sqlite
