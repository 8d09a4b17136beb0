#pragma once

#include <SQLiteCpp/Database.h>

#include <vector>

#include "store/operator_store.hpp"

// An operator's actions on deliveries (store/operator_store.hpp), on any connection. Blocking.
namespace postbackd::store::sqlite
{

std::vector<DeliveryRecord> find_deliveries(SQLite::Database& database, const DeliveryFilter& filter,
                                            std::size_t most);

std::int64_t count_changeable(SQLite::Database& database, DeliveryAction action,
                              const DeliveryFilter& filter);
OperatorStore::Applied change_deliveries(SQLite::Database& database, DeliveryAction action,
                                         const DeliveryFilter& filter, std::int64_t after, std::size_t most,
                                         base::TimePoint now);

std::vector<model::Event> past_events(SQLite::Database& database, base::TimePoint since, std::int64_t after,
                                      std::size_t most);
std::int64_t count_replayable(SQLite::Database& database, const std::string& handler,
                              const std::vector<std::int64_t>& events);
// Must run inside the caller's transaction.
std::int64_t replay(SQLite::Database& database, const std::string& handler,
                    const std::vector<std::int64_t>& events, base::TimePoint now);

} // namespace postbackd::store::sqlite
