#pragma once

#include <vector>

#include "sql/database.hpp"
#include "store/delivery_control.hpp"

// An operator's actions on deliveries (store/delivery_control.hpp), on any connection. Blocking.
namespace postbackd::store::tables
{

std::vector<DeliveryRecord> find_deliveries(sql::Database& database, const DeliveryFilter& filter,
                                            std::size_t most);

std::vector<HandlerRecord> find_handlers(sql::Database& database);

std::int64_t count_changeable(sql::Database& database, DeliveryAction action, const DeliveryFilter& filter);
// Returns the ids of up to `most` deliveries above `after` that the action would change.
std::vector<std::int64_t> find_changeable(sql::Database& database, DeliveryAction action,
                                          const DeliveryFilter& filter, std::int64_t after, std::size_t most);
// Changes those that still can be. Returns how many.
std::int64_t change_deliveries(sql::Database& database, DeliveryAction action,
                               const std::vector<std::int64_t>& ids, const std::string& reason,
                               base::TimePoint now);

std::vector<model::Event> past_events(sql::Database& database, base::TimePoint since, std::int64_t after,
                                      std::size_t most);
std::int64_t count_replayable(sql::Database& database, const std::string& handler,
                              const std::vector<std::int64_t>& events);
// Must run inside the caller's transaction.
std::int64_t replay(sql::Database& database, const std::string& handler,
                    const std::vector<std::int64_t>& events, base::TimePoint now);

} // namespace postbackd::store::tables
