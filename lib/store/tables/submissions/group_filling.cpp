#include "store/tables/submissions/group_filling.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr std::chrono::minutes filling{1};
constexpr auto fill_sql = "UPDATE groups SET filled_until = ?3 WHERE client = ?1 AND name = ?2";
constexpr auto end_sql = "UPDATE groups SET filled_until = NULL WHERE client = ?1 AND name = ?2";

} // namespace

void fill_groups(sql::Database& database, const std::vector<QueryStore::Order>& orders, base::TimePoint now)
{
  std::set<std::pair<std::string, std::string>> groups;
  const auto note = [&groups](const auto& order) {
    if (order.group) groups.emplace(order.client, *order.group);
  };
  for (const QueryStore::Order& order : orders)
    std::visit(note, order);
  sql::Statement fill(database, fill_sql);
  const std::string until = text::format_time(now + filling);
  for (const auto& [client, name] : groups) {
    bind_text(fill, 1, client);
    bind_text(fill, 2, name);
    bind_text(fill, 3, until);
    execute(fill);
  }
}

void end_filling(sql::Database& database, const std::string& client, const std::set<std::string>& groups)
{
  sql::Statement end(database, end_sql);
  for (const std::string& name : groups) {
    bind_text(end, 1, client);
    bind_text(end, 2, name);
    execute(end);
  }
}

} // namespace postbackd::store::tables
