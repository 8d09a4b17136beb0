#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "sql/database.hpp"

// The numbers of events and deliveries (schema/*/3_deliveries.sql, table eras).
namespace postbackd::store::tables
{

// Lets the numbers go on beyond all that may have been given out: by the store that is lost, or since the
// backup that takes its place.
void begin_era(sql::Database& database, base::TimePoint now);

// As QueryStore::parted_at.
std::optional<std::int64_t> parted_at(sql::Database& database, std::int64_t after);

// Returns what stands in an INSERT into deliveries as the id of the next one.
const char* next_delivery(sql::Database& database);

} // namespace postbackd::store::tables
