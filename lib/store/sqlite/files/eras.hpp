#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <optional>

// The numbers of events and deliveries (schema/3_deliveries.sql, table eras).
namespace postbackd::store::sqlite
{

// Lets the numbers go on beyond all that may have been given out: by the store that is lost, or since the
// backup that takes its place.
void begin_era(SQLite::Database& database);

// As QueryStore::parted_at.
std::optional<std::int64_t> parted_at(SQLite::Database& database, std::int64_t after);

// In an INSERT into deliveries: the id of the next one.
constexpr auto next_delivery = "max((SELECT coalesce(max(id), 0) FROM deliveries), "
                               "(SELECT deliveries FROM eras ORDER BY first DESC LIMIT 1)) + 1";

} // namespace postbackd::store::sqlite
