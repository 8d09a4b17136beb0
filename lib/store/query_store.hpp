#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "model/event.hpp"
#include "store/submission_store.hpp"

namespace postbackd::store
{

// Selects queries; an absent field matches all.
struct QuerySelection {
  std::optional<std::string> client;
  std::optional<model::QueryState> state;
  std::optional<std::string> label;
  std::optional<std::string> key;
  std::optional<std::string> api;
  std::optional<std::int64_t> before; // QueryRecord::row: older ones
};

// Queries as applications register, read and follow them. Thread-safe.
class QueryStore
{
public:
  virtual ~QueryStore() = default;

  // These change the store, and complete once that is on disk. The arguments must live until then.

  // Registers a query; one that is known (by its key, its QueryId or its correlation) stays as it is.
  virtual boost::asio::awaitable<base::Result<Enqueued>> register_query(const model::Query& query,
                                                                        base::TimePoint now) = 0;
  // Queues a submission; its result goes to `route`. Queues a known key again if the platform has refused its
  // submission.
  virtual boost::asio::awaitable<base::Result<Enqueued>>
  enqueue(const model::Submission& submission, const std::string& route, base::TimePoint now) = 0;
  // Gives a query up. Returns false if it has its end (but `lost` may still be closed), or nothing can come
  // yet (it is not submitted).
  virtual boost::asio::awaitable<base::Result<bool>> close(const std::string& id, const std::string& reason,
                                                           base::TimePoint now) = 0;

  // Erases the query and those that share its result, as Archive::erase. Blocks. Returns false if there is no
  // such query. Throws base::Failure.
  virtual bool erase(const std::string& id, base::TimePoint now) = 0;
  // Notes who did what with a query: `result`, `body` or `erase`.
  struct Access {
    std::string client;
    const char* action; // a literal
    std::string query;
  };
  virtual boost::asio::awaitable<base::Result<void>> note_access(const Access& access,
                                                                 base::TimePoint now) = 0;

  // These read, block, and throw base::Failure when the store cannot be read now.

  // Takes a correlation or a QueryId.
  virtual std::optional<QueryRecord> find(const std::string& id) = 0;
  // Returns up to `most`, the newest first.
  virtual std::vector<QueryRecord> list(const QuerySelection& selection, std::size_t most) = 0;
  // Returns up to `most` events after this one, in order. Their numbers grow, also for late registrations.
  virtual std::vector<model::Event> events_after(std::int64_t event, std::size_t most) = 0;
  // Returns these events, in order; those that have been deleted are missing.
  virtual std::vector<model::Event> events(const std::vector<std::int64_t>& ids) = 0;
  // Returns the newest event, or 0.
  virtual std::int64_t last_event() = 0;
};

} // namespace postbackd::store
