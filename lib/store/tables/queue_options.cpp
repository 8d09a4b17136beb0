#include "store/tables/queue_options.hpp"

#include "store/tables/postbacks/postback_table.hpp"

namespace postbackd::store::tables
{

sql::CommitQueue::Options queue_options(const StoreOptions& options, PostbackTable& table)
{
  sql::CommitQueue::Options result;
  result.most_jobs = options.queue_jobs;
  result.most_bytes = options.queue_bytes;
  result.before_group = [&table] { table.begin_group(); };
  result.before_commit = [&table] { table.end_group(); };
  if (options.on_group)
    result.on_group = [&table, tell = options.on_group](const sql::CommitQueue::Group& committed) {
      CommitGroup group{committed.jobs, committed.waited, committed.commit};
      table.tell_events(group);
      tell(group);
    };
  return result;
}

} // namespace postbackd::store::tables
