#pragma once

#include "sql/statement.hpp"
#include "store/archive.hpp"
#include "store/tables/common/engine.hpp"

namespace postbackd::store::tables
{

// What an archive does by SQL alone. An engine adds copies, its checks, and the end of an erasure.
class TableArchive : public Archive
{
public:
  explicit TableArchive(sql::Database& database) : database_(database) {}

  std::string id() override;
  void mark_restored(base::TimePoint now) override;
  void note_backup(base::TimePoint made, std::optional<base::TimePoint> due) override;
  void
  export_postbacks(base::TimePoint since,
                   const std::function<bool(const std::vector<std::optional<std::string>>&)>& take) override;
  Erased erase(const ToErase& which, const std::string& who, bool dry_run, base::TimePoint now,
               const SearchProgress& progress) override;
  void note_access(const std::string& who, const std::string& action, const std::string& query,
                   base::TimePoint now) override;

protected:
  // As Engine::note_erasure.
  virtual void note_erasure(const FoundToErase& found, base::TimePoint now) = 0;
  // As Engine::forget_registration.
  virtual void forget_registration() {}

  sql::Database& database() { return database_; }

private:
  sql::Database& database_;
};

} // namespace postbackd::store::tables
