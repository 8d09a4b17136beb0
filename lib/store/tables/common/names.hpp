#pragma once

namespace postbackd::sql
{
}

// The tables are written in the words of lib/sql: CommitQueue, Reader, bind_text.
namespace postbackd::store::tables
{
using namespace postbackd::sql;
}
