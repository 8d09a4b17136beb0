#pragma once

#include "model/query_name.hpp"
#include "sql/statement.hpp"
#include "store/submission_store.hpp"

namespace postbackd::store::tables
{

// The columns of a QueryRecord, for a query `q` with its submission `s` (query_joins).
constexpr auto query_columns =
    "q.correlation, q.query_id, q.state, q.label, q.api, q.datasets, q.created_at, q.deadline_at, "
    "q.answered_at, "
    "(SELECT status FROM postbacks p WHERE p.receipt = q.receipt), q.receipt, s.code, s.message, "
    "q.closed_at, q.reason, q.key, q.metadata, q.client, q.id, q.served_from, q.erased_at, "
    "(SELECT client FROM queries o WHERE o.correlation = q.served_from), q.group_name, q.trace";
constexpr auto query_joins = " LEFT JOIN submissions s ON s.correlation = q.correlation ";

// Reads a row whose first columns are query_columns.
QueryRecord read_query(sql::Statement& row);

// Returns the queries.id of the query with this name.
std::optional<std::int64_t> find_query_row(sql::Database& database, const model::QueryName& name);
std::optional<QueryRecord> find_query(sql::Database& database, const model::QueryName& name);
// Returns nothing if there is no such row any more.
std::optional<QueryRecord> query_of_row(sql::Database& database, std::int64_t row);

} // namespace postbackd::store::tables
