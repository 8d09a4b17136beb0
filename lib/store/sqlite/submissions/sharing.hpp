#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <optional>

#include "model/submission.hpp"
#include "store/sqlite/queries/answer.hpp"
#include "store/sqlite/queries/event_table.hpp"
#include "store/sqlite/queries/usage_table.hpp"

// One submission answers equal ones (`max_age`). Inside the caller's transaction.
namespace postbackd::store::sqlite
{

// The submission that can answer an equal one.
struct Source {
  std::string correlation;
  std::optional<std::int64_t> receipt; // absent: it is under way
};

// Queries that an equal submission answers. Keeps its statements, like Registration.
class ServedQueries
{
public:
  explicit ServedQueries(SQLite::Database& database);

  // Returns the newest equal submission whose result came after `since`, or one that is under way. A result
  // whose status is `failed` does not count.
  std::optional<Source> find_source(const std::string& fingerprint, base::TimePoint since);
  // Inserts a query that the source answers, now or at its end. Its submission has no fingerprint, because it
  // is not sent.
  std::int64_t insert(const model::Submission& submission, const std::string& correlation,
                      const Source& source, base::TimePoint now);

private:
  void insert_query(const model::Submission& submission, const std::string& correlation, const Source& source,
                    base::TimePoint now);

  SQLite::Statement answered_;
  SQLite::Statement under_way_;
  SQLite::Statement insert_query_;
  SQLite::Statement insert_submission_;
  SQLite::Statement share_;
  SQLite::Database& database_;
  EventTable events_;
};

// Finds a submission that has ended and that others have joined.
extern const char* const ended_source_sql;

// Gives the ends of submissions to the queries that have joined them. When one was closed, the first of those
// queries is submitted in its place.
class SharedEnds
{
public:
  explicit SharedEnds(SQLite::Database& database);

  // Works on one submission, and on up to some hundred queries that have joined it.
  bool advance(base::TimePoint now);
  // Works on this query and on all that have joined it. Without an end, the first of them is submitted in its
  // place.
  void end_all_of(std::int64_t query, const std::string& now);

private:
  struct Ended {
    std::int64_t row;
    std::string correlation;
    std::string state;
    std::optional<std::int64_t> receipt;
  };
  static Ended read_ended(SQLite::Statement& row);
  std::optional<Ended> next();
  // Ends up to `most`. Returns whether there may be more.
  bool end_some(const Ended& source, int most, const std::string& now);
  void end(const Ended& source, std::int64_t row, const std::string& now);
  void resubmit(const Ended& source, const std::string& now);

  SQLite::Statement next_;
  SQLite::Statement joined_;
  Answer answer_;
  SQLite::Statement fail_;
  SQLite::Statement say_;
  SQLite::Statement heir_;
  SQLite::Statement queue_;
  SQLite::Statement fingerprint_;
  SQLite::Statement bequeath_;
  SQLite::Statement done_;
  EventTable events_;
  UsageTable usage_;
  SQLite::Database& database_;
};

} // namespace postbackd::store::sqlite
