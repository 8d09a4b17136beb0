#include "store/query_store.hpp"

#include <algorithm>

namespace postbackd::store
{
namespace
{

bool may_see(const Viewer& viewer, const std::string& client)
{
  return viewer.sees_all || (!client.empty() && client == viewer.client);
}

// Another client's id is nobody else's business.
QueryRecord as_seen(QueryRecord query, const Viewer& viewer)
{
  query.is_shared = !query.served_from.empty() && !may_see(viewer, query.source_client);
  if (query.is_shared) query.served_from.clear();
  return query;
}

} // namespace

std::optional<VisibleQuery> QueryStore::show(std::optional<QueryRecord> query, const Viewer& viewer)
{
  if (!query || !may_see(viewer, query->client)) return std::nullopt;
  return VisibleQuery(as_seen(std::move(*query), viewer), viewer);
}

std::optional<VisibleQuery> QueryStore::find(const model::QueryName& name, const Viewer& viewer)
{
  return show(read(name), viewer);
}

std::optional<VisibleQuery> QueryStore::find(const Enqueued& written, const Viewer& viewer)
{
  return show(read_row(written.row), viewer);
}

std::int64_t QueryStore::close_all(QueriesToClose which, const Viewer& viewer, const std::string& reason,
                                   bool dry_run, base::TimePoint now)
{
  constexpr std::ptrdiff_t most = 500; // in a transaction
  if (!viewer.sees_all && which.client.value_or(viewer.client) != viewer.client) return 0;
  if (!viewer.sees_all) which.client = viewer.client;
  const std::vector<std::int64_t> rows = closable_rows(which); // found once, however many there are
  if (dry_run) return static_cast<std::int64_t>(rows.size());
  std::int64_t count = 0;
  for (auto next = rows.begin(); next != rows.end();) {
    const auto end = next + std::min<std::ptrdiff_t>(most, rows.end() - next);
    which.rows.assign(next, end);
    count += close_rows(which, reason, now);
    next = end;
  }
  return count;
}

Story QueryStore::story(const VisibleQuery& query, std::size_t most)
{
  const bool sees_all = query.viewer().sees_all;
  Story story = read_story(query->id(), sees_all, most);
  story.query = *query; // as it is seen
  if (query->is_shared && !sees_all)
    std::erase_if(story.postbacks,
                  [&](const PostbackRecord& postback) { return postback.receipt == query->receipt; });
  return story;
}

std::vector<QueryRecord> QueryStore::list(QuerySelection selection, const Viewer& viewer, std::size_t most)
{
  if (!viewer.sees_all) selection.client = viewer.client;
  std::vector<QueryRecord> queries = read_list(selection, most);
  for (QueryRecord& query : queries)
    query = as_seen(std::move(query), viewer);
  return queries;
}

} // namespace postbackd::store
