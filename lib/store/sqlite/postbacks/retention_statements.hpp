#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <deque>

namespace postbackd::store::sqlite
{

// The SQL of retention, prepared once. It deletes postbacks by the hundred: they are selected into temporary
// tables, which are of the connection and in memory.
struct RetentionStatements {
  explicit RetentionStatements(SQLite::Database& database);

  // The last of the next ?3 postbacks after ?1 and before ?2, or NULL.
  SQLite::Statement last;
  // Selects the postbacks from after ?1 to ?2 that nothing needs; ?3 and ?4 are the receipt and the time
  // before which postbacks are old.
  SQLite::Statement select;
  // The pieces of their bodies: the numbers of the raw one and of the JSON.
  SQLite::Statement pieces;
  // Delete them with all that depends on them, in this order.
  std::deque<SQLite::Statement> deletes;
  // Deletes piece ?2 of the body ?1.
  SQLite::Statement delete_piece;
};

} // namespace postbackd::store::sqlite
