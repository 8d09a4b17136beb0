#pragma once

#include "sql/statement.hpp"
#include "store/submission_store.hpp"
#include "store/tables/queries/usage_table.hpp"
#include "store/tables/submissions/sharing.hpp"

namespace postbackd::store::tables
{

// Enqueues submissions, on any connection: the daemon's, or a tool's. Keeps its statements, like
// Registration. Must be used inside the caller's transaction.
class SubmissionQueue
{
public:
  explicit SubmissionQueue(sql::Database& database);

  Enqueued enqueue(const model::Submission& submission, const std::string& route, base::TimePoint now);

private:
  // Finds what has the submission's key; nothing if that is asked anew, as another query than `replaced`.
  std::optional<Enqueued> find_known(const model::Submission& submission,
                                     std::optional<std::int64_t>& replaced);
  void give_up_key(std::optional<std::int64_t> row);
  // Of the query, which is in the store.
  std::int64_t lane_of(const model::Submission& submission, const std::string& now);
  // It may have been sent since that time: the platform's log says so, or it is sent.
  void look_first(const std::string& correlation, base::TimePoint since);
  // Returns the row of its query.
  std::int64_t insert(const model::Submission& submission, const std::string& correlation,
                      const std::string& route, base::TimePoint now);

  sql::Statement known_;
  sql::Statement give_up_key_;
  sql::Statement lane_;
  sql::Statement open_lane_;
  sql::Statement insert_query_;
  sql::Statement insert_submission_;
  ServedQueries served_;
  UsageTable usage_;
  sql::Database& database_;
};

} // namespace postbackd::store::tables
