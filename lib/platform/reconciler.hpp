#pragma once

#include <functional>

#include "base/blob.hpp"
#include "model/postback.hpp"
#include "model/retry_policy.hpp"
#include "platform/platform_client.hpp"
#include "store/store.hpp"

namespace postbackd::platform
{

// Fetches lost results from the platform's log: by the QueryId if it is known; else by q: a record of the
// same api and datasets since the submission becomes the query's own unless another query has it.
class Reconciler
{
public:
  struct Options {
    model::RetryPolicy retry; // after its attempts the result is lost
    bool resubmit = false;    // once, if the log has no record of a submission whose acknowledgement was lost
    std::function<double()> jitter;
    std::chrono::milliseconds page_pause{100}; // between two pages of the log
    std::string route;                         // for results of queries that we did not submit
    // Keeps a found result; blocks.
    std::function<base::Result<model::Kept>(const model::Postback&)> keep;
  };

  // All references must outlive it.
  Reconciler(const PlatformClient& client, store::Store& store, base::Spool& spool, const base::Clock& clock,
             Options options);

  // Makes one search. Never throws.
  store::RecoveryReport recover(const store::Recovery& recovery, const std::stop_token& stop) const;

private:
  // Returns the record with its result, or why there is none.
  base::Result<LogRecord> find(const std::string& query_id, const std::stop_token& stop) const;
  // Returns the QueryId that has become the query's own.
  base::Result<std::string> find_by_q(const store::Recovery& recovery, const std::stop_token& stop) const;
  // Returns the records of the same submission since `earliest`, oldest first.
  base::Result<std::vector<LogRecord>>
  candidates_of(const store::Recovery& recovery, base::TimePoint earliest, const std::stop_token& stop) const;
  // Keeps the record as a postback. Returns an error unless the query has its result now.
  base::Result<void> keep(const store::Recovery& recovery, LogRecord record) const;
  store::RecoveryReport not_found(const store::Recovery& recovery, const base::Error& error) const;

  const PlatformClient& client_;
  store::Store& store_;
  base::Spool& spool_;
  const base::Clock& clock_;
  Options options_;
};

} // namespace postbackd::platform
