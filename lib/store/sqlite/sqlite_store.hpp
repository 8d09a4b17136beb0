#pragma once

#include <map>

#include "base/file_lock.hpp"
#include "store/open.hpp"
#include "store/sqlite/deliveries/sqlite_delivery_store.hpp"
#include "store/sqlite/engine/checkpointer.hpp"
#include "store/sqlite/engine/commit_queue.hpp"
#include "store/sqlite/engine/connection.hpp"
#include "store/sqlite/fanbase/sqlite_fanbase_store.hpp"
#include "store/sqlite/operator/sqlite_delivery_control.hpp"
#include "store/sqlite/postbacks/postback_table.hpp"
#include "store/sqlite/postbacks/sqlite_postback_store.hpp"
#include "store/sqlite/queries/sqlite_query_store.hpp"
#include "store/sqlite/submissions/sqlite_submission_store.hpp"

namespace postbackd::store::sqlite
{

// The store in one SQLite file, which users read (docs/schema.md).
class SqliteStore final : public Store, private Leadership
{
public:
  // `vfs` is the SQLite VFS; tests inject faults through it.
  explicit SqliteStore(StoreOptions options, const char* vfs = nullptr,
                       const Checkpointer::Pages& pages = {});

  PostbackStore& postbacks() override { return postbacks_; }
  DeliveryStore& deliveries() override { return deliveries_; }
  DeliveryControl& delivery_control() override { return delivery_control_; }
  SubmissionStore& submissions() override { return submissions_; }
  QueryStore& queries() override { return queries_; }
  FanbaseStore& fanbase() override { return fanbase_; }
  Leadership& leadership() override { return *this; }

private:
  bool try_lead(Duty duty) override;

  Connection connection_; // the writer's
  PostbackTable table_;
  Checkpointer checkpointer_;
  CommitQueue queue_; // its thread uses those above
  SqlitePostbackStore postbacks_;
  SqliteDeliveryStore deliveries_;
  SqliteDeliveryControl delivery_control_;
  SqliteSubmissionStore submissions_;
  SqliteQueryStore queries_;
  SqliteFanbaseStore fanbase_;
  std::map<Duty, base::FileLock> locks_; // used by the leader's thread only
};

// Returns the file whose lock the leader of this duty holds.
std::filesystem::path lock_path(const std::filesystem::path& store, Duty duty);

} // namespace postbackd::store::sqlite
