#include "store/tables/queries/body_finder.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{
namespace
{

// A body, its pieces, and their size.
constexpr auto raw_body_sql = R"(
  SELECT b.raw, b.raw_pieces, p.bytes FROM bodies b JOIN postbacks p USING (receipt) WHERE b.receipt = ?1 AND p.removed_at IS NULL)";
// The bytes that came, if they are JSON already. All pieces but the last have one size.
constexpr auto json_body_sql = R"(
  SELECT coalesce(b.json, b.raw), CASE WHEN b.json IS NULL THEN coalesce(b.json_pieces, b.raw_pieces) END,
         CASE WHEN b.json_pieces IS NULL THEN p.bytes ELSE
             (SELECT x.part * length(first.bytes) + length(x.bytes)
                FROM pieces x JOIN pieces first ON first.body_id = x.body_id AND first.part = 0
               WHERE x.body_id = b.json_pieces ORDER BY x.part DESC LIMIT 1) END
    FROM bodies b JOIN postbacks p USING (receipt) WHERE b.receipt = ?1 AND p.removed_at IS NULL)";
constexpr auto small_result_sql = R"(
  SELECT coalesce(b.json, b.raw) FROM bodies b JOIN postbacks p USING (receipt)
   WHERE b.receipt = ?1 AND p.content = 'result' AND p.removed_at IS NULL AND b.raw_pieces IS NULL AND b.json_pieces IS NULL
     AND CASE WHEN b.json IS NULL THEN length(b.raw) ELSE length(b.json) END <= ?2)";
constexpr auto piece_sql = "SELECT bytes FROM pieces WHERE body_id = ?1 AND part = ?2";

} // namespace

QueryStore::StoredBody find_body(sql::Database& database, model::Receipt receipt, bool as_it_came)
{
  sql::Statement find(database, as_it_came ? raw_body_sql : json_body_sql);
  find.bind(1, static_cast<std::int64_t>(receipt));
  if (!find.step()) throw base::Failure(base::Errc::not_found, "the body of the postback has been deleted");
  QueryStore::StoredBody body;
  body.pieces = number_or_nothing(find, 1);
  body.bytes = body.pieces ? "" : find.column(0).text();
  body.size = body.pieces ? static_cast<std::uint64_t>(find.column(2).int64()) : body.bytes.size();
  return body;
}

std::vector<std::optional<std::string>> find_small_results(sql::Database& database,
                                                           const std::vector<model::Receipt>& receipts,
                                                           std::size_t largest, std::size_t enough)
{
  sql::Statement find(database, small_result_sql);
  std::vector<std::optional<std::string>> documents;
  std::size_t bytes = 0;
  for (const model::Receipt receipt : receipts) {
    if (bytes >= enough) break;
    const Reset reset(find);
    find.bind(1, static_cast<std::int64_t>(receipt));
    find.bind(2, static_cast<std::int64_t>(largest));
    documents.push_back(find.step() ? std::optional(find.column(0).text()) : std::nullopt);
    bytes += documents.back() ? documents.back()->size() : 0;
  }
  return documents;
}

std::string find_piece(sql::Database& database, std::int64_t pieces, std::int64_t part)
{
  sql::Statement find(database, piece_sql);
  find.bind(1, pieces);
  find.bind(2, part);
  if (find.step()) return find.column(0).text();
  find.reset();
  find.bind(2, 0);
  // The first one goes first.
  if (!find.step()) throw base::Failure(base::Errc::not_found, "the body has been deleted");
  return {};
}

} // namespace postbackd::store::tables
