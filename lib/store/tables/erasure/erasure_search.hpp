#pragma once

#include "sql/statement.hpp"
#include "store/tables/erasure/found_to_erase.hpp"

namespace postbackd::store::tables
{

// Finds what is to be erased, in read transactions of some rows each. A query goes with all that is known of
// it, with those that share its result, and with those that wait for it. What an interrupted erasure has left
// of a query is found too. Blocking.
class ErasureSearch
{
public:
  explicit ErasureSearch(sql::Database& database) : database_(database) {}

  FoundToErase find(const ToErase& which, SearchProgress progress);
  // What a list of erasures has named.
  FoundToErase complete(FoundToErase found);
  // For one query; with a client, only what is the client's.
  FoundToErase find_query(std::int64_t row, const std::optional<std::string>& client);

private:
  FoundToErase complete();
  void find_postback(model::Receipt receipt); // with the query that it is of
  void find_by_text();
  void find_by_body();
  void find_texts_of_others();
  // Appends the first column of the rows whose second one is true.
  void append_in_parts(const char* sql, FoundToErase::Numbers& numbers);
  void append_texts(const char* sql, FoundToErase::Texts& texts, int first);
  bool mentions(sql::Statement& row, int first) const; // in a column from this one on
  bool is_opaque(sql::Statement& row, sql::Statement& pieces);
  bool is_in_pieces(const sql::Column& body, sql::Statement& pieces);

  sql::Database& database_;
  ToErase which_;
  SearchProgress progress_;
  FoundToErase found_;
};

} // namespace postbackd::store::tables
