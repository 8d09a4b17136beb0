#pragma once

#include "sql/commit_queue.hpp"
#include "store/options.hpp"
#include "store/postgresql/group_writer.hpp"
#include "store/postgresql/listener.hpp"
#include "store/postgresql/postback_batch.hpp"
#include "store/postgresql/postgresql_engine.hpp"
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

namespace postbackd::store::postgresql
{

// The store in the schema `postbackd` of a PostgreSQL database, which any number of receivers share.
class PostgresqlStore final : public Store
{
public:
  explicit PostgresqlStore(StoreOptions options);
  ~PostgresqlStore() override { queue_.stop(); }

  std::string id() override { return id_; }
  void agree(const std::string& what, const std::vector<std::string>& values) override;
  PostbackStore& postbacks() override { return postbacks_; }
  UpkeepStore& upkeep() override { return upkeep_; }
  DeliveryStore& deliveries() override { return deliveries_; }
  DeliveryControl& delivery_control() override { return delivery_control_; }
  SubmissionStore& submissions() override { return submissions_; }
  QueryStore& queries() override { return queries_; }
  FanbaseStore& fanbase() override { return fanbase_; }
  WatchStore& watch() override { return watch_; }
  Leadership& leadership() override { return leases_; }

private:
  postbackd::postgresql::ConnectionOptions connections_;
  std::string process_; // names this one among those of the store
  GroupWriter writer_;
  std::string id_;
  Leases leases_;
  Listener listener_;
  PostbackBatch table_;
  sql::CommitQueue queue_; // its thread uses those above
  PostgresqlEngine engine_;
  tables::LargeBodies large_bodies_;
  tables::TablePostbackStore postbacks_;
  tables::TableUpkeepStore upkeep_;
  tables::TableDeliveryStore deliveries_;
  tables::TableDeliveryControl delivery_control_;
  tables::TableSubmissionStore submissions_;
  tables::TableQueryStore queries_;
  tables::TableFanbaseStore fanbase_;
  tables::TableWatchStore watch_;
};

} // namespace postbackd::store::postgresql
