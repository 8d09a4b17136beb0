#include "store/tables/queries/records.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{

PostbackRecord read_postback(sql::Statement& row)
{
  return {.receipt = row.column(0).int64(),
          .received_at = time_of(row, 1),
          .kept_at = time_of(row, 2),
          .route = text_or_empty(row, 3),
          .remote = text_or_empty(row, 4),
          .kind = word_of<model::PostbackKind>(row, 5, model::postback_kind_of),
          .query_id = text_or_empty(row, 6),
          .label = text_or_empty(row, 7),
          .correlation = text_or_empty(row, 8),
          .status = text_or_empty(row, 9),
          .content_type = text_or_empty(row, 10),
          .content_encoding = text_or_empty(row, 11),
          .charset = text_or_empty(row, 12),
          .bytes = row.column(13).int64(),
          .sha256 = text_or_empty(row, 14),
          .repeats = row.column(15).int64(),
          .repeated_at = time_or_nothing(row, 16),
          .source = word_of<model::PostbackSource>(row, 17, model::postback_source_of),
          .problem = text_or_empty(row, 18)};
}

DeliveryRecord read_delivery(sql::Statement& row)
{
  return {.id = row.column(0).int64(),
          .handler = text_or_empty(row, 1),
          .event = word_of<model::EventKind>(row, 2, model::event_kind_of),
          .receipt = number_or_nothing(row, 3),
          .own_id = text_or_empty(row, 13),
          .query_id = text_or_empty(row, 4),
          .label = text_or_empty(row, 5),
          .state = word_of<model::DeliveryState>(row, 6, model::delivery_state_of),
          .attempts = row.column(7).int32(),
          .next_attempt_at = time_or_nothing(row, 8),
          .last_error = text_or_empty(row, 9),
          .created_at = time_of(row, 10),
          .done_at = time_or_nothing(row, 11),
          .idempotency_key = text_or_empty(row, 12),
          .dismissed_at = time_or_nothing(row, 14),
          .reason = text_or_empty(row, 15)};
}

AttemptRecord read_attempt(sql::Statement& row)
{
  AttemptRecord attempt{.delivery = row.column(0).int64(),
                        .handler = text_or_empty(row, 1),
                        .attempt = row.column(2).int32(),
                        .started_at = time_of(row, 3),
                        .finished_at = time_or_nothing(row, 4),
                        .outcome = std::nullopt,
                        .detail = text_or_empty(row, 6)};
  if (!row.column(5).is_null())
    attempt.outcome = word_of<model::AttemptOutcome>(row, 5, model::attempt_outcome_of);
  return attempt;
}

} // namespace postbackd::store::tables
