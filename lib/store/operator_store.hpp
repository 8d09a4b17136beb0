#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/query.hpp"
#include "store/archive.hpp"
#include "store/delivery_control.hpp"
#include "store/leadership.hpp"
#include "store/query_store.hpp"
#include "store/report.hpp"
#include "store/story.hpp"
#include "store/submission_store.hpp"

// The store as people and programs outside the daemon read and change it.
namespace postbackd::store
{

// Selects queries; an absent field matches all.
struct QueryFilter {
  enum class Waiting { any, pending, overdue };
  Waiting waiting = Waiting::any;
  std::optional<model::QueryState> state;
  std::optional<std::string> label;
  std::optional<std::string> group;
  std::optional<base::TimePoint> since; // created at or after
};

// Everything that postbackctl needs. Blocking; one thread. Throws base::Failure with a readable message.
class OperatorStore : public DeliveryControl
{
public:
  // Returns whether some process leads the duty now. Never takes the lead itself.
  virtual bool is_led(Duty duty) = 0;

  // As QueryStore::register_query. A QueryId and a correlation that are registered together become one query,
  // whatever was known of them before.
  virtual Enqueued register_query(const model::Query& query, base::TimePoint now) = 0;

  // Both take a correlation or a QueryId.
  virtual std::optional<QueryRecord> find(const std::string& id) = 0;
  virtual Story story(const std::string& id) = 0;
  // Returns the JSON text of the query's result, or nothing while there is none. Takes a correlation or a
  // QueryId.
  virtual std::optional<std::string> result(const std::string& id) = 0;
  // Returns the bytes of a postback's body as they came, or nothing if there is no such postback.
  virtual std::optional<std::string> body(model::Receipt receipt) = 0;
  // Returns the QueryId (or the correlation) to which a receipt or the id of a delivery belongs.
  virtual std::optional<std::string> query_of(std::int64_t number) = 0;
  // Both list up to `most`, the newest first, and call `take` for each until it returns false.
  virtual void list_queries(const QueryFilter& filter, std::size_t most, base::TimePoint now,
                            const std::function<bool(const QueryRecord&)>& take) = 0;
  virtual void list_unmatched(std::size_t most, const std::function<bool(const PostbackRecord&)>& take) = 0;

  // The queries registered in [from, to), and what came on its days.
  virtual Report report(base::TimePoint from, base::TimePoint to) = 0;

  // What all clients have asked the platform.
  virtual std::vector<UsageRecord> usage(const UsageFilter& filter) = 0;

  // Ends up to `most` queries (QueriesToClose). Returns how many; with `dry_run`, changes nothing.
  virtual std::int64_t close(const QueriesToClose& which, const std::string& reason, std::size_t most,
                             bool dry_run, base::TimePoint now) = 0;

  // Queues all or none of them, as QueryStore::enqueue.
  virtual std::vector<Enqueued> enqueue(const std::vector<model::Submission>& submissions,
                                        const std::string& route, base::TimePoint now) = 0;

  // The store as a whole.
  virtual Archive& archive() = 0;

  // Adds documents: type 1 is a CPF, 4 an e-mail in lower case. Returns how many were new.
  struct Fan {
    std::string document;
    int type;
  };
  virtual std::int64_t add_fans(const std::vector<Fan>& fans) = 0;
};

} // namespace postbackd::store
