#pragma once

#include "sqlite/connection.hpp"
#include "store/archive.hpp"
#include "store/sqlite/common/names.hpp"

namespace postbackd::store::sqlite
{

class SqliteArchive final : public Archive
{
public:
  explicit SqliteArchive(Connection& connection) : connection_(connection) {}

  std::string id() override;
  void back_up(const std::filesystem::path& to, const SearchProgress& progress) override;
  void note_backup(base::TimePoint made, std::optional<base::TimePoint> due) override;
  void verify(const std::function<void(const std::string& problem)>& say,
              const std::function<void(const std::string& what, std::int64_t done, std::int64_t total)>&
                  progress) override;
  void
  export_postbacks(base::TimePoint since,
                   const std::function<bool(const std::vector<std::optional<std::string>>&)>& take) override;
  Erased erase(const ToErase& which, const std::string& who, bool dry_run, base::TimePoint now,
               const SearchProgress& progress) override;
  std::vector<std::string> complete_erasure(const ToErase& which) override;
  void note_access(const std::string& who, const std::string& action, const std::string& query,
                   base::TimePoint now) override;

private:
  SQLite::Database& database() { return connection_.database(); }
  void empty_wal();

  Connection& connection_;
};

} // namespace postbackd::store::sqlite
