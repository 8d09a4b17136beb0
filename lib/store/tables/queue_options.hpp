#pragma once

#include "sql/commit_queue.hpp"
#include "store/options.hpp"

namespace postbackd::store::tables
{

class PostbackTable;

// Returns how the commit queue of a store calls its table of postbacks, and whoever wants to hear of commits.
sql::CommitQueue::Options queue_options(const StoreOptions& options, PostbackTable& table);

} // namespace postbackd::store::tables
