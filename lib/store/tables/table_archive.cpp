#include "store/tables/table_archive.hpp"

#include "store/tables/common/names.hpp"
#include "store/tables/common/settings.hpp"
#include "store/tables/erasure/eraser.hpp"
#include "store/tables/erasure/erasure_search.hpp"
#include "store/tables/postbacks/postback_table.hpp"
#include "store/tables/queries/audit_table.hpp"
#include "store/tables/submissions/restored.hpp"
#include "text/time.hpp"

namespace postbackd::store
{

const std::vector<const char*> Archive::exported{"receipt", "received_at", "kind",     "id",  "query_id",
                                                 "label",   "key",         "metadata", "api", "datasets",
                                                 "status",  "problem",     "document"};

namespace tables
{
namespace
{

constexpr int postbacks_at_once = 100; // in one read transaction

const char* reason_of(const ToErase& which)
{
  if (!which.subject) return which.receipt ? "receipt" : "query";
  return which.subject->has_document() ? "document" : "email";
}

std::string export_sql()
{
  std::string columns;
  for (const char* column : Archive::exported)
    columns += (columns.empty() ? "p." : ", p.") + std::string(column);
  const std::size_t document = columns.rfind("p.document");
  return "SELECT " + columns.substr(0, document) +
         "b.json FROM v_postbacks p JOIN v_bodies b USING (receipt) WHERE p.receipt = ?1";
}

} // namespace

std::string TableArchive::id() { return setting(database_, "store_id"); }

void TableArchive::mark_restored(base::TimePoint now)
{
  in_transaction(database_, [&] { tables::mark_restored(database_, now); });
}

void TableArchive::note_backup(base::TimePoint made, std::optional<base::TimePoint> due)
{
  in_transaction(database_, [&] {
    const auto before = text::parse_time(setting(database_, "backup"));
    const auto due_before = text::parse_time(setting(database_, "backup_due"));
    if (!due && before && due_before) due = made + (*due_before - *before);
    set_setting(database_, "backup", text::format_time(made));
    if (due) set_setting(database_, "backup_due", text::format_time(*due));
  });
}

void TableArchive::export_postbacks(
    base::TimePoint since, const std::function<bool(const std::vector<std::optional<std::string>>&)>& take)
{
  sql::Statement next(database_,
                      "SELECT receipt FROM postbacks WHERE receipt > ?1 ORDER BY receipt LIMIT ?2");
  sql::Statement row(database_, export_sql());
  std::int64_t last = PostbackTable::first_receipt(since) - 1;
  for (std::vector<std::int64_t> receipts;; receipts.clear()) {
    next.bind(1, last);
    next.bind(2, postbacks_at_once);
    while (next.step())
      receipts.push_back(next.column(0).int64());
    next.reset();
    if (receipts.empty()) return;
    last = receipts.back();
    for (const std::int64_t receipt : receipts) {
      const Reset reset(row);
      row.bind(1, receipt);
      if (!row.step()) continue; // retention was faster
      std::vector<std::optional<std::string>> values;
      for (int column = 0; column < row.columns(); ++column)
        values.push_back(text_or_nothing(row, column));
      if (!take(values)) return;
    }
  }
}

Erased TableArchive::erase(const ToErase& which, const std::string& who, bool dry_run, base::TimePoint now,
                           const SearchProgress& progress)
{
  const FoundToErase found = ErasureSearch(database_).find(which, progress);
  if (dry_run) return found.count();
  const auto write = [this](const std::function<void(sql::Database&)>& work) {
    in_transaction(database_, [&] { work(database_); });
  };
  const auto note = [this](sql::Database&, const FoundToErase& rows, base::TimePoint time) {
    note_erasure(rows, time);
  };
  const auto forget = [this](sql::Database&) { forget_registration(); };
  Eraser(database_, {write, note, forget}).erase(found, reason_of(which), who, now);
  return found.count();
}

void TableArchive::note_access(const std::string& who, const std::string& action, const std::string& query,
                               base::TimePoint now)
{
  tables::note_access(database_, who, action, query, text::format_time(now));
}

} // namespace tables
} // namespace postbackd::store
