#pragma once

#include <map>

#include "base/file_lock.hpp"
#include "sqlite/checkpointer.hpp"
#include "sqlite/commit_queue.hpp"
#include "sqlite/connection.hpp"
#include "store/options.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/files/health_check.hpp"
#include "store/sqlite/postbacks/large_bodies.hpp"
#include "store/sqlite/postbacks/postback_table.hpp"
#include "store/sqlite/sqlite_delivery_control.hpp"
#include "store/sqlite/sqlite_delivery_store.hpp"
#include "store/sqlite/sqlite_fanbase_store.hpp"
#include "store/sqlite/sqlite_postback_store.hpp"
#include "store/sqlite/sqlite_query_store.hpp"
#include "store/sqlite/sqlite_submission_store.hpp"
#include "store/sqlite/sqlite_upkeep_store.hpp"
#include "store/sqlite/sqlite_watch_store.hpp"
#include "store/store.hpp"

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

  ConnectionOptions connections_;
  Connection connection_; // the writer's
  std::string id_;
  PostbackTable table_;
  Checkpointer checkpointer_;
  CommitQueue queue_; // its thread uses those above
  LargeBodies large_bodies_;
  SqlitePostbackStore postbacks_;
  SqliteUpkeepStore upkeep_;
  SqliteDeliveryStore deliveries_;
  SqliteDeliveryControl delivery_control_;
  SqliteSubmissionStore submissions_;
  SqliteQueryStore queries_;
  SqliteFanbaseStore fanbase_;
  SqliteWatchStore watch_;
  HealthCheck health_check_;
  std::map<Duty, base::FileLock> locks_; // used by the leader's thread only
};

} // namespace postbackd::store::sqlite
