#pragma once

#include "sql/statement.hpp"
#include "store/story.hpp"

// Rows of the public views as records.
namespace postbackd::store::tables
{

// Columns of v_postbacks and v_unmatched.
constexpr auto postback_columns =
    "receipt, received_at, kept_at, route, remote, kind, query_id, label, correlation, status, content_type, "
    "content_encoding, charset, bytes, sha256, repeats, repeated_at, source, problem";
PostbackRecord read_postback(sql::Statement& row);

// Columns of v_deliveries.
constexpr auto delivery_columns = "delivery_id, handler, event, receipt, query_id, label, state, attempts, "
                                  "next_attempt_at, last_error, created_at, done_at, "
                                  "idempotency_key, id, dismissed_at, reason";
DeliveryRecord read_delivery(sql::Statement& row);

// Columns of v_attempts.
constexpr auto attempt_columns = "delivery_id, handler, attempt, started_at, finished_at, outcome, detail";
AttemptRecord read_attempt(sql::Statement& row);

} // namespace postbackd::store::tables
