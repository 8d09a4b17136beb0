#include "store/sqlite/queries/answer.hpp"

#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"

namespace postbackd::store::sqlite
{

Answer::Answer(SQLite::Database& database)
    : update_(database,
              "UPDATE queries SET state = ?2, answered_at = ?3, receipt = ?4, touched = 1, room = NULL "
              "WHERE id = ?1")
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

} // namespace postbackd::store::sqlite
