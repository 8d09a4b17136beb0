#include "store/tables/queries/query_finder.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "text/compact_json.hpp"

namespace postbackd::store::tables
{
namespace
{

struct Lookup {
  const char* sql;
  const std::string& text;
};
Lookup lookup_of(const model::Correlation& name)
{
  return {"SELECT id FROM queries WHERE correlation = ?1", name.text};
}
Lookup lookup_of(const model::QueryId& name)
{
  return {"SELECT id FROM queries WHERE query_id = ?1", name.text};
}

} // namespace

QueryRecord read_query(sql::Statement& row)
{
  return {.row = row.column(18).int64(),
          .correlation = text_or_empty(row, 0),
          .query_id = text_or_empty(row, 1),
          .state = word_of<model::QueryState>(row, 2, model::query_state_of),
          .label = text_or_empty(row, 3),
          .key = text_or_empty(row, 15),
          .metadata = text::compact_json(text_or_empty(row, 16)),
          .group = text_or_empty(row, 22),
          .trace = text_or_empty(row, 23),
          .client = text_or_empty(row, 17),
          .api = text_or_empty(row, 4),
          .datasets = text_or_empty(row, 5),
          .created_at = time_of(row, 6),
          .deadline_at = time_or_nothing(row, 7),
          .answered_at = time_or_nothing(row, 8),
          .status = text_or_empty(row, 9),
          .receipt = number_or_nothing(row, 10),
          .code = number_or_nothing(row, 11),
          .message = text_or_empty(row, 12),
          .closed_at = time_or_nothing(row, 13),
          .reason = text_or_empty(row, 14),
          .erased_at = time_or_nothing(row, 20),
          .served_from = text_or_empty(row, 19),
          .source_client = text_or_empty(row, 21)};
}

std::optional<std::int64_t> find_query_row(sql::Database& database, const model::QueryName& name)
{
  const Lookup lookup = std::visit([](const auto& typed) { return lookup_of(typed); }, name);
  sql::Statement find(database, lookup.sql);
  bind_text(find, 1, lookup.text);
  if (!find.step()) return std::nullopt;
  return find.column(0).int64();
}

std::optional<QueryRecord> query_of_row(sql::Database& database, std::int64_t row)
{
  sql::Statement find(database, std::string("SELECT ") + query_columns + " FROM queries q" + query_joins +
                                    "WHERE q.id = ?1");
  find.bind(1, row);
  if (!find.step()) return std::nullopt;
  return read_query(find);
}

std::optional<QueryRecord> find_query(sql::Database& database, const model::QueryName& name)
{
  const auto row = find_query_row(database, name);
  return row ? query_of_row(database, *row) : std::nullopt;
}

} // namespace postbackd::store::tables
