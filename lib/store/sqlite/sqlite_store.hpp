#pragma once

#include <map>
#include <set>

#include "base/file_lock.hpp"
#include "sql/commit_queue.hpp"
#include "sqlite/checkpointer.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/group_writer.hpp"
#include "store/options.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/files/health_check.hpp"
#include "store/sqlite/sqlite_engine.hpp"
#include "store/store.hpp"
#include "store/tables/postbacks/large_bodies.hpp"
#include "store/tables/postbacks/postback_table.hpp"
#include "store/tables/table_delivery_control.hpp"
#include "store/tables/table_delivery_store.hpp"
#include "store/tables/table_fanbase_store.hpp"
#include "store/tables/table_postback_store.hpp"
#include "store/tables/table_query_store.hpp"
#include "store/tables/table_submission_store.hpp"
#include "store/tables/table_upkeep_store.hpp"
#include "store/tables/table_watch_store.hpp"

namespace postbackd::store::sqlite
{

// The store in one SQLite file, which users read (docs/schema.md).
class SqliteStore final : public Store, private Leadership
{
public:
  // `vfs` is the SQLite VFS; tests inject faults through it.
  explicit SqliteStore(StoreOptions options, const char* vfs = nullptr, const CheckpointPages& pages = {});

  ~SqliteStore() override { queue_.stop(); }

  std::string id() override { return id_; }
  void agree(const std::string&, const std::vector<std::string>&) override {}
  PostbackStore& postbacks() override { return postbacks_; }
  UpkeepStore& upkeep() override { return upkeep_; }
  DeliveryStore& deliveries() override { return deliveries_; }
  DeliveryControl& delivery_control() override { return delivery_control_; }
  SubmissionStore& submissions() override { return submissions_; }
  QueryStore& queries() override { return queries_; }
  FanbaseStore& fanbase() override { return fanbase_; }
  WatchStore& watch() override { return watch_; }
  Leadership& leadership() override { return *this; }

private:
  bool try_lead(Duty duty) override;
  bool leads(Duty duty) override { return led_.contains(duty); }

  ConnectionOptions connections_;
  Connection connection_; // the writer's
  std::string id_;
  tables::PostbackTable table_;
  Checkpointer checkpointer_;
  GroupWriter writer_;
  sql::CommitQueue queue_; // its thread uses those above
  SqliteEngine engine_;
  tables::LargeBodies large_bodies_;
  tables::TablePostbackStore postbacks_;
  tables::TableUpkeepStore upkeep_;
  tables::TableDeliveryStore deliveries_;
  tables::TableDeliveryControl delivery_control_;
  tables::TableSubmissionStore submissions_;
  tables::TableQueryStore queries_;
  tables::TableFanbaseStore fanbase_;
  tables::TableWatchStore watch_;
  HealthCheck health_check_;
  std::map<Duty, base::FileLock> locks_; // this and the next: used by the leader's thread only
  std::set<Duty> led_;
};

} // namespace postbackd::store::sqlite
