#pragma once

#include <cstdint>
#include <string>

#include "sql/database.hpp"

// What erases one row with what belongs to it. Inside a transaction that writes; `now` is text.
namespace postbackd::store::tables
{

// A waiting query is closed, and no other query may join it or share its result any more. Followers get the
// event `erased`.
void erase_query(sql::Database& database, std::int64_t query, const std::string& now);
// The same for its client alone: what others share with it stays theirs.
void erase_own_query(sql::Database& database, std::int64_t query, const std::string& now);
// Its pieces go to `erased_pieces`.
void erase_postback(sql::Database& database, std::int64_t receipt, const std::string& now);
void erase_object(sql::Database& database, std::int64_t number, const std::string& now);
void erase_app_event(sql::Database& database, std::int64_t number, const std::string& now);
void erase_delivery_texts(sql::Database& database, std::int64_t delivery);
void erase_recovery_text(sql::Database& database, std::int64_t query);
void erase_user(sql::Database& database, const std::string& user_id);
void erase_fan(sql::Database& database, const std::string& document);
void erase_audited_name(sql::Database& database, std::int64_t audit);
void erase_group_name(sql::Database& database, std::int64_t group);
// The submission of a query that is gone.
void erase_submission(sql::Database& database, const std::string& correlation);
// What a remote Fanbase called it.
void erase_remote_id(sql::Database& database, const std::string& key);
// One piece of a large body. Returns false if there is none.
bool erase_piece(sql::Database& database);

} // namespace postbackd::store::tables
