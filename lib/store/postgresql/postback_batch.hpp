#pragma once

#include <vector>

#include "postgresql/database.hpp"
#include "store/tables/postbacks/postback_table.hpp"

namespace postbackd::store::postgresql
{

// Keeps the postbacks of a group together, in few statements over arrays: those that answer a query to which
// nothing has happened yet, which are nearly all. The others take the same way as on every engine, one after
// the other, after them. Writer thread only.
class PostbackBatch final : public tables::PostbackTable
{
public:
  explicit PostbackBatch(sql::Database& database);

  void begin_group() override;
  void keep_in_group(const model::Postback& postback, const tables::BodyPieces& pieces, base::TimePoint now,
                     model::Kept& kept) override;
  void end_group() override;

private:
  struct Waiting {
    const model::Postback* postback;
    tables::BodyPieces pieces;
    base::TimePoint now;
    model::Kept* kept;
    std::int64_t query = 0; // the fresh query that it answers; 0: none
  };

  void find_queries();
  void keep_answers();
  void write_postbacks(const std::vector<Waiting*>& answers);
  void write_bodies(const std::vector<Waiting*>& answers);
  void answer_queries(const std::vector<Waiting*>& answers);

  std::vector<Waiting> waiting_; // of this group, in order
  sql::Statement find_;
  sql::Statement insert_postbacks_;
  sql::Statement insert_bodies_;
  sql::Statement answer_;
  sql::Statement append_events_;
};

} // namespace postbackd::store::postgresql
