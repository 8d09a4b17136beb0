#include "store/tables/queries/answer.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{

Answer::Answer(sql::Database& database)
    : update_(database,
              sql::worded(database,
                          "UPDATE queries SET state = ?2, answered_at = ?3, receipt = ?4, touched = TRUE, "
                          "room = NULL WHERE id = ?1",
                          "UPDATE queries SET state = ?2, answered_at = ?3, receipt = ?4, touched = TRUE "
                          "WHERE id = ?1"))
{
}

void Answer::give(std::int64_t query, std::string_view state, std::int64_t receipt, const std::string& now)
{
  update_.bind(1, query);
  bind_word(update_, 2, state);
  bind_text(update_, 3, now);
  update_.bind(4, receipt);
  execute(update_);
}

} // namespace postbackd::store::tables
