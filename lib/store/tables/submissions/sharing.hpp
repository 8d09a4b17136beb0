#pragma once

#include <optional>

#include "model/submission.hpp"
#include "sql/statement.hpp"
#include "store/tables/queries/answer.hpp"
#include "store/tables/queries/event_table.hpp"
#include "store/tables/queries/usage_table.hpp"

// One submission answers equal ones (`max_age`). Inside the caller's transaction.
namespace postbackd::store::tables
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
  explicit ServedQueries(sql::Database& database);

  // Returns the newest equal submission whose result came after `since`, or one that is under way. A result
  // whose status is `failed` does not count.
  std::optional<Source> find_source(const std::string& fingerprint, base::TimePoint since);
  // Inserts a query that the source answers, now or at its end. Its submission has no fingerprint, because it
  // is not sent.
  std::int64_t insert(const model::Submission& submission, const std::string& correlation,
                      const Source& source, base::TimePoint now);

private:
  std::int64_t insert_query(const model::Submission& submission, const std::string& correlation,
                            const Source& source, base::TimePoint now);

  sql::Statement answered_;
  sql::Statement under_way_;
  sql::Statement insert_query_;
  sql::Statement insert_submission_;
  sql::Statement share_;
  EventTable events_;
};

// Finds a submission that has ended and that others have joined.
extern const char* const ended_source_sql;

// Gives the ends of submissions to the queries that have joined them. When one was closed, the first of those
// queries is submitted in its place.
class SharedEnds
{
public:
  explicit SharedEnds(sql::Database& database);

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
  static Ended read_ended(sql::Statement& row);
  std::optional<Ended> next();
  // Ends up to `most`. Returns whether there may be more.
  bool end_some(const Ended& source, int most, const std::string& now);
  void end(const Ended& source, std::int64_t row, const std::string& now);
  void resubmit(const Ended& source, const std::string& now);

  sql::Statement next_;
  sql::Statement joined_;
  Answer answer_;
  sql::Statement fail_;
  sql::Statement say_;
  sql::Statement heir_;
  sql::Statement queue_;
  sql::Statement fingerprint_;
  sql::Statement bequeath_;
  sql::Statement done_;
  EventTable events_;
  UsageTable usage_;
  sql::Database& database_;
};

} // namespace postbackd::store::tables
