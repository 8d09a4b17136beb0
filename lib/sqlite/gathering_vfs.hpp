#pragma once

struct sqlite3;

namespace postbackd::sqlite
{

class Failures;

// Returns the name of a VFS on top of `base` (null: SQLite's default) that spares system calls. Its files are
// those of SQLite.
//
// What SQLite appends to the WAL, two writes a page, is gathered and written at once: at the latest when
// SQLite syncs the WAL, reads it, or asks for its size. Nobody looks for the pages of a commit before its
// sync, because SQLite publishes them in the wal-index after it; so its connections need `synchronous=FULL`.
// A write that fails in a transaction makes every later one of it fail too, so that no commit has a hole.
//
// A checkpoint syncs the database file a few pages at a time, so that no commit's sync has to wait for
// thousands of them, and syncs the rest before SQLite counts its pages as moved (nBackfill), also when it is
// partial. If that sync fails, the count is taken back: no process of the store, also none that starts later,
// trusts pages that the disk may not have.
//
// What SQLite would cut off a long WAL in one commit, the next ones do, part by part.
//
// A failed write is reported by the call that made it: by the sync, too.
const char* gathering_vfs(const char* base);

// From now on the files of this connection report what SQLite may keep to itself: a failed sync, a lock that
// could not be released, a WAL that another program has cut. `failures` must outlive the connection.
void report_failures(sqlite3* connection, Failures& failures);

} // namespace postbackd::sqlite
