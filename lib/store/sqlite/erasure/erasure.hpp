#pragma once

#include <SQLiteCpp/Database.h>

#include "model/personal_document.hpp"
#include "store/operator_store.hpp"

namespace postbackd::store::sqlite
{

// Erases what the store has of a person, or of a query: finds it without a lock, and erases a little at a
// time, each query whole, so that an interrupted erasure goes on when it is run again. Blocking.
class Erasure
{
public:
  // `which` must outlive it.
  Erasure(SQLite::Database& database, const ToErase& which, const SearchProgress& progress);

  // Searches; returns what there is.
  Erased find();
  // Erases what was found, in transactions of its own, and adds a row to `erasures`.
  void erase(base::TimePoint now);
  // Does the same inside the caller's transaction: for one query.
  void erase_in_transaction(base::TimePoint now);
  // Returns whether the bytes of the document are in a file of the store, also where SQLite has no use for
  // them. Call it when the WAL is empty.
  static bool is_left(const model::PersonalDocument& document, const std::filesystem::path& store);

private:
  void finish(const std::string& now);
  void find_by_text();
  void find_by_body();
  void add_relatives();
  void erase_query(std::int64_t row, const std::string& now);
  void erase_postback(std::int64_t receipt, const std::string& now);
  void erase_events(const std::string& condition, std::int64_t number);
  void erase_fanbase(const std::string& now);
  void erase_texts();
  void run(const std::string& sql, std::initializer_list<std::int64_t> numbers, const std::string& text = {});

  SQLite::Database& database_;
  const ToErase& which_;
  SearchProgress progress_;
  std::vector<std::int64_t> queries_;   // queries.id
  std::vector<std::int64_t> postbacks_; // of no query
  std::vector<std::int64_t> objects_;   // queue_objects.number
  std::vector<std::int64_t> app_events_;
};

} // namespace postbackd::store::sqlite
