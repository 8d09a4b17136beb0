#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "model/event.hpp"
#include "model/query_name.hpp"
#include "store/story.hpp"
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
  std::optional<std::string> group;
  std::optional<std::int64_t> before;    // QueryRecord::row: older ones
  std::optional<base::TimePoint> since;  // created at or after
  std::optional<model::Receipt> receipt; // it has this postback
  std::optional<base::TimePoint> until;  // created before
};

// Selects queries to close, of those that can be: what waits for its turn is not sent any more; what waits
// for its result waits no longer, and a result that comes nevertheless still answers it; and what is lost. An
// absent field matches all.
struct QueriesToClose {
  std::optional<std::string> id = {};
  std::optional<std::int64_t> row = {};                // QueryRecord::row
  std::optional<base::TimePoint> deadline_before = {}; // of those that were sent, and are not lost
  std::optional<std::string> label = {};
  std::optional<std::string> group = {};
  std::optional<std::string> key_prefix = {};
  std::optional<std::string> key = {};
  std::optional<model::QueryState> state = {};
  std::optional<std::string> api = {};
  std::optional<base::TimePoint> since = {}; // created at or after
  std::optional<base::TimePoint> until = {}; // created before
  std::optional<std::string> client = {};    // alone, it selects nothing
  std::vector<std::int64_t> rows = {};       // not empty: of these only
  bool only_unsent = false;                  // queued or joined

  bool selects() const
  {
    return id || row || deadline_before || label || group || key_prefix || key || state || api || since ||
           until;
  }
};

// Queries of one client that belong together.
struct GroupRecord {
  std::int64_t id = 0;
  std::string name;
  std::string client;
  base::TimePoint created_at;
  std::optional<base::TimePoint> ended_at; // when its last query had its end
  std::int64_t queries = 0;
  std::int64_t open = 0; // without an end
  std::map<model::QueryState, std::int64_t> states;
};

// What a client has asked the platform on a day, or in a month, of UTC.
struct UsageRecord {
  std::string time; // 2026-01-31, or 2026-01
  std::string client;
  std::string api;
  std::int64_t submitted = 0; // sent, or to be sent
  std::int64_t shared = 0;    // an equal submission has answered, or will
};

struct UsageFilter {
  std::string since; // a day
  std::string until; // the last day
  bool by_month = false;
};

// Who asks.
struct Viewer {
  std::string client;    // sees its own queries
  bool sees_all = false; // and those of others, and of no client
};

// A query that its viewer may read and change. Only a QueryStore makes one, and whatever acts on a query
// takes one: no text of a client reaches another one's row.
class VisibleQuery
{
public:
  const QueryRecord& operator*() const { return record_; }
  const QueryRecord* operator->() const { return &record_; }
  const Viewer& viewer() const { return viewer_; }

private:
  friend class QueryStore;
  VisibleQuery(QueryRecord record, Viewer viewer) : record_(std::move(record)), viewer_(std::move(viewer)) {}

  QueryRecord record_;
  Viewer viewer_;
};

// Queries as applications register, read and follow them. Thread-safe.
class QueryStore
{
public:
  virtual ~QueryStore() = default;

  // These change the store, and complete once that is on disk. The arguments must live until then.

  // Registers a query; one that is known (by its key, its QueryId or its correlation) stays as it is, and so
  // does all if the two contradict each other. With a correlation alone it is one for hooks.
  virtual boost::asio::awaitable<base::Result<Enqueued>> register_query(const model::Query& query,
                                                                        base::TimePoint now) = 0;
  // Queues a submission; its result goes to `route`. Queues a known key again if the platform has refused its
  // submission.
  virtual boost::asio::awaitable<base::Result<Enqueued>>
  enqueue(const model::Submission& submission, const std::string& route, base::TimePoint now) = 0;
  // Registers or queues all of them, or none, in their order: as register_query and enqueue. Their groups do
  // not end within the next minute, unless end_filling is called: more may follow.
  using Order = std::variant<model::Query, model::Submission>;
  virtual boost::asio::awaitable<base::Result<std::vector<Enqueued>>>
  enter(const std::vector<Order>& orders, const std::string& route, base::TimePoint now) = 0;
  virtual boost::asio::awaitable<base::Result<void>> end_filling(const std::string& client,
                                                                 const std::set<std::string>& groups) = 0;
  // Gives a query up, or does not send it (QueriesToClose). Returns false if it has its end (but `lost` may
  // still be closed), or may have been sent: its state is `submitting`, or `only_unsent` is set.
  virtual boost::asio::awaitable<base::Result<bool>>
  close(const VisibleQuery& query, bool only_unsent, const std::string& reason, base::TimePoint now) = 0;
  // Closes all that are selected and that the viewer may see, a part in each transaction; with `dry_run`,
  // only counts them. Returns how many. Blocks. Throws base::Failure.
  std::int64_t close_all(QueriesToClose which, const Viewer& viewer, const std::string& reason, bool dry_run,
                         base::TimePoint now);

  // Erases the query and those that share its result, as Archive::erase; for a viewer that does not see all,
  // only its own: what others share with them stays theirs. Blocks. Throws base::Failure.
  virtual void erase(const VisibleQuery& query, base::TimePoint now) = 0;
  // Notes who did what with queries: `result`, `body` or `erase`.
  struct Access {
    std::string client;
    const char* action; // a literal
    std::vector<std::string> queries;
  };
  virtual boost::asio::awaitable<base::Result<void>> note_access(const Access& access,
                                                                 base::TimePoint now) = 0;

  // These read, block, and throw base::Failure when the store cannot be read now.

  // Finds a query that the viewer may see.
  std::optional<VisibleQuery> find(const model::QueryName& name, const Viewer& viewer);
  // The same for what the viewer has just written.
  std::optional<VisibleQuery> find(const Enqueued& written, const Viewer& viewer);
  // Returns what is known of the query, up to `most` postbacks, the newest. A viewer that does not see all
  // has neither postbacks of others, also where it shares a result, nor deliveries.
  Story story(const VisibleQuery& query, std::size_t most);
  // Returns up to `most` that the viewer may see, the newest first.
  std::vector<QueryRecord> list(QuerySelection selection, const Viewer& viewer, std::size_t most);
  // Returns up to `most` groups with an id below `before`, the newest first.
  virtual std::vector<GroupRecord> groups(const Viewer& viewer, std::int64_t before, std::size_t most) = 0;
  virtual std::optional<GroupRecord> group(const Viewer& viewer, const std::string& client,
                                           const std::string& name) = 0;
  // Returns what was asked on the days that are selected.
  virtual std::vector<UsageRecord> usage(const Viewer& viewer, const UsageFilter& filter) = 0;

  // Returns whether the query has this postback, a readable result: the one that answers it, or an extra one.
  virtual bool has_result(const VisibleQuery& query, model::Receipt receipt) = 0;
  // A body as it is kept: whole, or in pieces.
  struct StoredBody {
    std::uint64_t size = 0;
    std::string bytes;                  // if it is not in pieces
    std::optional<std::int64_t> pieces; // for piece()
  };
  // Returns the document of a postback, or the bytes that came. Throws base::Failure `not_found` if they have
  // been deleted.
  virtual StoredBody body(model::Receipt receipt, bool as_it_came) = 0;
  // Returns the documents of readable results of at most `largest` bytes, in the order of their receipts;
  // nothing for others. Ends early once it has `enough` bytes.
  virtual std::vector<std::optional<std::string>> small_results(const std::vector<model::Receipt>& receipts,
                                                                std::size_t largest, std::size_t enough) = 0;
  // Returns a piece of it, from 0 on; empty after the last one. Throws base::Failure `not_found` if the
  // pieces are being deleted.
  virtual std::string piece(std::int64_t pieces, std::int64_t part) = 0;

  // Returns up to `most` events after this one, in order. Their numbers grow, also for late registrations.
  virtual std::vector<model::Event> events_after(std::int64_t event, std::size_t most) = 0;
  // Returns these events, in order; those that have been deleted are missing.
  virtual std::vector<model::Event> events(const std::vector<std::int64_t>& ids) = 0;
  // Returns the newest event, or 0, and how many erasures there have been: what was read before one of them
  // may be of somebody who is forgotten.
  struct Newest {
    std::int64_t event = 0;
    std::int64_t erasures = 0;
  };
  virtual Newest newest() = 0;
  // Whoever follows the events goes on after one that this store has given out, or after 0. Returns nothing
  // for such a number; for another one, which is of a store that is lost, or younger than the backup that is
  // restored, the newest event (or 0) that this store has in common with that one.
  virtual std::optional<std::int64_t> parted_at(std::int64_t after) = 0;

protected:
  // Whoever may see them.
  virtual std::optional<QueryRecord> read(const model::QueryName& name) = 0;
  virtual std::optional<QueryRecord> read_row(std::int64_t row) = 0;
  // With `is_whole`, also what is no client's; up to `most` postbacks, the newest.
  virtual Story read_story(const std::string& id, bool is_whole, std::size_t most) = 0;
  // The rows of those that can be closed now.
  virtual std::vector<std::int64_t> closable_rows(const QueriesToClose& which) = 0;
  // Closes those of `which.rows` that still can be. Returns how many.
  virtual std::int64_t close_rows(const QueriesToClose& which, const std::string& reason,
                                  base::TimePoint now) = 0;
  virtual std::vector<QueryRecord> read_list(const QuerySelection& selection, std::size_t most) = 0;

private:
  static std::optional<VisibleQuery> show(std::optional<QueryRecord> query, const Viewer& viewer);
};

} // namespace postbackd::store
