#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sql/statement.hpp"

namespace postbackd::store::tables
{

// Some postbacks, in the order of their receipts, and when they are old.
struct RangeOfPostbacks {
  std::int64_t after;
  std::int64_t last;
  std::int64_t end;            // receipts before it are old
  const std::string& end_time; // and answers before it
};

// What goes together: the postbacks, the queries that they answer, and the events of both.
struct LeavingRows {
  std::vector<std::int64_t> postbacks;
  std::vector<std::int64_t> queries;
  std::vector<std::int64_t> events;
};

// The SQL of retention, prepared once. It deletes postbacks by the hundred.
class RetentionStatements
{
public:
  explicit RetentionStatements(sql::Database& database);

  // Returns those of the range that nothing needs, with what goes with them.
  LeavingRows select_leaving(const RangeOfPostbacks& range);
  // Returns the numbers of their bodies that lie in pieces.
  std::vector<std::int64_t> pieces_of(const LeavingRows& leaving);
  // Deletes them with all that depends on them, apart from pieces.
  void remove(const LeavingRows& leaving);

  // The last of the next ?3 postbacks after ?1 and before ?2, or NULL.
  sql::Statement last;
  // Deletes piece ?2 of the body ?1.
  sql::Statement delete_piece;

private:
  struct Delete {
    std::vector<std::int64_t> LeavingRows::*rows;
    sql::Statement statement;
  };

  sql::Statement select_;
  sql::Statement served_;
  sql::Statement events_;
  sql::Statement pieces_;
  std::vector<Delete> deletes_; // in this order
};

} // namespace postbackd::store::tables
