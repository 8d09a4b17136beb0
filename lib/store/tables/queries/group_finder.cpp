#include "store/tables/queries/group_finder.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr auto groups_sql = R"(
  SELECT id, name, client, created_at, ended_at FROM groups
   WHERE id < ?1 AND name <> '' AND (?2 OR client = ?3) ORDER BY id DESC LIMIT ?4)";
constexpr auto group_sql = R"(
  SELECT id, name, client, created_at, ended_at FROM groups
   WHERE client = ?1 AND name = ?2 AND name <> '' AND (?3 OR client = ?4))";
constexpr auto states_sql = R"(
  SELECT state, count(*) FROM queries INDEXED BY queries_by_group
   WHERE group_name = ?1 AND client = ?2 GROUP BY state)";

GroupRecord read_group(sql::Statement& row)
{
  GroupRecord group;
  group.id = row.column(0).int64();
  group.name = text_or_empty(row, 1);
  group.client = text_or_empty(row, 2);
  group.created_at = time_of(row, 3);
  group.ended_at = time_or_nothing(row, 4);
  return group;
}

void count_states(sql::Database& database, GroupRecord& group)
{
  sql::Statement count(database, states_sql);
  bind_text(count, 1, group.name);
  bind_text(count, 2, group.client);
  while (count.step()) {
    const std::int64_t queries = count.column(1).int64();
    const auto state = word_of<model::QueryState>(count, 0, model::query_state_of);
    group.states[state] = queries;
    group.queries += queries;
    const bool answered = state == model::QueryState::answered || state == model::QueryState::recovered;
    if (!answered && !model::is_given_up(state)) group.open += queries;
  }
}

} // namespace

std::vector<GroupRecord> find_groups(sql::Database& database, const Viewer& viewer, std::int64_t before,
                                     std::size_t most)
{
  sql::Statement find(database, groups_sql);
  find.bind(1, before);
  find.bind(2, viewer.sees_all ? 1 : 0);
  bind_text(find, 3, viewer.client);
  find.bind(4, static_cast<std::int64_t>(most));
  std::vector<GroupRecord> groups;
  while (find.step())
    groups.push_back(read_group(find));
  for (GroupRecord& group : groups)
    count_states(database, group);
  return groups;
}

std::optional<GroupRecord> find_group(sql::Database& database, const Viewer& viewer,
                                      const std::string& client, const std::string& name)
{
  sql::Statement find(database, group_sql);
  bind_text(find, 1, client);
  bind_text(find, 2, name);
  find.bind(3, viewer.sees_all ? 1 : 0);
  bind_text(find, 4, viewer.client);
  if (!find.step()) return std::nullopt;
  GroupRecord group = read_group(find);
  count_states(database, group);
  return group;
}

} // namespace postbackd::store::tables
