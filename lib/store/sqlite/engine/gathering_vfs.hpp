#pragma once

namespace postbackd::store::sqlite
{

// Returns the name of a VFS on top of `base` (null: SQLite's default) that spares system calls. Its files are
// those of SQLite.
//
// What SQLite appends to the WAL, two writes a page, is gathered and written at once: at the latest when
// SQLite syncs the WAL, reads it, or asks for its size. Nobody looks for the pages of a commit before its
// sync, because SQLite publishes them in the wal-index after it; so its connections need `synchronous=FULL`.
//
// A checkpoint syncs the database file a few pages at a time, so that no commit's sync has to wait for
// thousands of them. What SQLite would cut off a long WAL in one commit, the next ones do, part by part.
//
// A failed write is reported by the call that made it: by the sync, too.
const char* gathering_vfs(const char* base);

} // namespace postbackd::store::sqlite
