#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <string>

// What erases one row with what belongs to it. Inside a transaction that writes; `now` is text.
namespace postbackd::store::sqlite
{

// A waiting query is closed, and no other query may join it or share its result any more. Followers get the
// event `erased`.
void erase_query(SQLite::Database& database, std::int64_t query, const std::string& now);
// The same for its client alone: what others share with it stays theirs.
void erase_own_query(SQLite::Database& database, std::int64_t query, const std::string& now);
// Its pieces go to `erased_pieces`.
void erase_postback(SQLite::Database& database, std::int64_t receipt, const std::string& now);
void erase_object(SQLite::Database& database, std::int64_t number, const std::string& now);
void erase_app_event(SQLite::Database& database, std::int64_t number);
void erase_delivery_texts(SQLite::Database& database, std::int64_t delivery);
void erase_recovery_text(SQLite::Database& database, std::int64_t query);
void erase_user(SQLite::Database& database, const std::string& user_id);
void erase_fan(SQLite::Database& database, const std::string& document);
void erase_audited_name(SQLite::Database& database, std::int64_t audit);
void erase_group_name(SQLite::Database& database, std::int64_t group);
// The submission of a query that is gone.
void erase_submission(SQLite::Database& database, const std::string& correlation);
// What a remote Fanbase called it.
void erase_remote_id(SQLite::Database& database, const std::string& key);
// The variables of the last registration.
void erase_registration(SQLite::Database& database);
// One piece of a large body. Returns false if there is none.
bool erase_piece(SQLite::Database& database);

} // namespace postbackd::store::sqlite
