#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/personal_document.hpp"
#include "model/postback.hpp"
#include "model/query.hpp"
#include "store/delivery_control.hpp"
#include "store/leadership.hpp"
#include "store/submission_store.hpp"

// The store as people and programs outside the daemon read and change it.
namespace postbackd::store
{

struct PostbackRecord {
  model::Receipt receipt = 0;
  base::TimePoint received_at;
  base::TimePoint kept_at;
  std::string route;
  std::string remote;
  model::PostbackKind kind = model::PostbackKind::result;
  std::string query_id; // absent texts are empty
  std::string label;
  std::string correlation;
  std::string status;
  std::string content_type;
  std::string content_encoding;
  std::string charset;
  std::int64_t bytes = 0;
  std::string sha256; // lower-case hex
  std::int64_t repeats = 0;
  std::optional<base::TimePoint> repeated_at;
  model::PostbackSource source = model::PostbackSource::http;
  std::string problem;
};

struct AttemptRecord {
  std::int64_t delivery = 0;
  std::string handler;
  int attempt = 0;
  base::TimePoint started_at;
  std::optional<base::TimePoint> finished_at;
  std::optional<model::AttemptOutcome> outcome;
  std::string detail;
};

// The whole story of a query, each part in chronological order. There may be postbacks without a registered
// query.
struct Story {
  std::optional<QueryRecord> query;
  std::vector<PostbackRecord> postbacks;
  std::vector<DeliveryRecord> deliveries;
  std::vector<AttemptRecord> attempts;
};

// Selects queries; an absent field matches all.
struct QueryFilter {
  enum class Waiting { any, pending, overdue };
  Waiting waiting = Waiting::any;
  std::optional<model::QueryState> state;
  std::optional<std::string> label;
  std::optional<base::TimePoint> since; // created at or after
};

// Selects queries to close: one by its QueryId or correlation, or all that are not lost and whose deadline
// was before a time.
struct QueriesToClose {
  std::optional<std::string> id;
  std::optional<base::TimePoint> deadline_before;
};

// A part of a long search, for people.
using SearchProgress = std::function<void(std::int64_t done, std::int64_t total)>;

// What an erasure is about: one of the two.
struct ToErase {
  std::optional<model::PersonalDocument> document;
  std::optional<std::string> query; // its correlation or QueryId
};
struct Erased {
  std::int64_t queries = 0;
  std::int64_t postbacks = 0; // of those queries, and of none
  std::int64_t objects = 0;   // of the Fanbase queue
  std::int64_t app_events = 0;
};

// Everything that postbackctl needs. Blocking; one thread. Throws base::Failure with a readable message.
class OperatorStore : public DeliveryControl
{
public:
  // Returns whether some process leads the duty now. Never takes the lead itself.
  virtual bool is_led(Duty duty) = 0;

  // Returns false if its QueryId or correlation was already known. A QueryId and a correlation that are
  // registered together become one query, whatever was known of them before.
  virtual bool register_query(const model::Query& query, base::TimePoint now) = 0;

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

  // Ends the wait of up to `most` queries whose result does not come: pending, overdue, notified, recovering
  // or lost. A result that comes nevertheless still answers them. Returns how many; with `dry_run`, changes
  // nothing.
  virtual std::int64_t close(const QueriesToClose& which, const std::string& reason, std::size_t most,
                             bool dry_run, base::TimePoint now) = 0;

  // Queues all or none of them, as QueryStore::enqueue.
  virtual std::vector<Enqueued> enqueue(const std::vector<model::Submission>& submissions,
                                        const std::string& route, base::TimePoint now) = 0;

  // Writes a copy of the store as it is now into an empty file, while others write the store. Does not sync
  // it.
  virtual void back_up(const std::filesystem::path& to, const SearchProgress& progress) = 0;
  // Checks tables, what belongs together, and each body against its digest; says each problem in a sentence.
  virtual void verify(const std::function<void(const std::string& problem)>& say,
                      const std::function<void(const std::string& what, std::int64_t done,
                                               std::int64_t total)>& progress) = 0;
  // Calls `take` for each postback since a time, in their order, with the values of `exported`; until it
  // returns false.
  static const std::vector<const char*> exported;
  virtual void
  export_postbacks(base::TimePoint since,
                   const std::function<bool(const std::vector<std::optional<std::string>>&)>& take) = 0;

  // Erases what is known of a person or a query: bodies, labels, keys, metadata, parameters, what handlers
  // said, Fanbase objects and app events. Rows with the time of the erasure stay, so that nothing of it is
  // kept or looked for again. In short transactions; an interrupted one goes on when it is called again. With
  // `dry_run`, only counts.
  virtual Erased erase(const ToErase& which, bool dry_run, base::TimePoint now,
                       const SearchProgress& progress) = 0;
  // Waits until no file of the store has the erased bytes. Throws base::Failure (unavailable) if it must be
  // called again.
  virtual void complete_erasure(const ToErase& which) = 0;

  // Adds documents: type 1 is a CPF, 4 an e-mail in lower case. Returns how many were new.
  struct Fan {
    std::string document;
    int type;
  };
  virtual std::int64_t add_fans(const std::vector<Fan>& fans) = 0;
};

} // namespace postbackd::store
