#pragma once

#include "sql/commit_queue.hpp"
#include "sql/reader.hpp"
#include "store/query_store.hpp"
#include "store/tables/common/engine.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/submissions/registration.hpp"
#include "store/tables/submissions/submission_queue.hpp"

namespace postbackd::store::tables
{

class TableQueryStore final : public QueryStore
{
public:
  using HasRoom = std::function<base::Result<void>(std::uint64_t bytes)>;

  TableQueryStore(Engine& engine, sql::Database& writer, CommitQueue& queue, HasRoom has_room);

  boost::asio::awaitable<base::Result<Enqueued>> register_query(const model::Query& query,
                                                                base::TimePoint now) override;
  boost::asio::awaitable<base::Result<Enqueued>>
  enqueue(const model::Submission& submission, const std::string& route, base::TimePoint now) override;
  boost::asio::awaitable<base::Result<std::vector<Enqueued>>>
  enter(const std::vector<Order>& orders, const std::string& route, base::TimePoint now) override;
  boost::asio::awaitable<base::Result<void>> end_filling(const std::string& client,
                                                         const std::set<std::string>& groups) override;
  boost::asio::awaitable<base::Result<bool>> close(const VisibleQuery& query, bool only_unsent,
                                                   const std::string& reason, base::TimePoint now) override;
  void erase(const VisibleQuery& query, base::TimePoint now) override;
  boost::asio::awaitable<base::Result<void>> note_access(const Access& access, base::TimePoint now) override;
  std::vector<GroupRecord> groups(const Viewer& viewer, std::int64_t before, std::size_t most) override;
  std::optional<GroupRecord> group(const Viewer& viewer, const std::string& client,
                                   const std::string& name) override;
  std::vector<UsageRecord> usage(const Viewer& viewer, const UsageFilter& filter) override;
  bool has_result(const VisibleQuery& query, model::Receipt receipt) override;
  std::vector<std::optional<std::string>> small_results(const std::vector<model::Receipt>& receipts,
                                                        std::size_t largest, std::size_t enough) override;
  StoredBody body(model::Receipt receipt, bool as_it_came) override;
  std::string piece(std::int64_t pieces, std::int64_t part) override;
  std::vector<model::Event> events_after(std::int64_t event, std::size_t most) override;
  std::vector<model::Event> events(const std::vector<std::int64_t>& ids) override;
  Newest newest() override;
  std::optional<std::int64_t> parted_at(std::int64_t after) override;

private:
  std::optional<QueryRecord> read(const model::QueryName& name) override;
  std::optional<QueryRecord> read_row(std::int64_t row) override;
  Story read_story(const std::string& id, bool is_whole, std::size_t most) override;
  std::vector<std::int64_t> closable_rows(const QueriesToClose& which) override;
  std::int64_t close_rows(const QueriesToClose& which, const std::string& reason,
                          base::TimePoint now) override;
  std::vector<QueryRecord> read_list(const QuerySelection& selection, std::size_t most) override;

  Engine& engine_;
  sql::Database& writer_;
  Registration registration_; // this and the next: the writer thread's
  SubmissionQueue submissions_;
  CommitQueue& queue_;
  HasRoom has_room_;
  Reader reader_;
  Reader bodies_reader_;
  Reader list_reader_;    // a list may read for long
  Reader events_reader_;  // so may a follower that is far behind
  Reader erasing_reader_; // held while a query is erased
};

} // namespace postbackd::store::tables
