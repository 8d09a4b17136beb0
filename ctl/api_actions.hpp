#pragma once

#include "command.hpp"
#include "store/delivery_control.hpp"
#include "store/query_store.hpp"

// What an operator changes, over the API's socket: for members of the group, who may read the store and not
// write it.
namespace postbackd::ctl
{

// Returns whether this user cannot write the store, and somebody listens on the socket of [api].
bool goes_over_api(const Configuration& configuration);

// As store::apply_to_all and store::replay_since. Return how many. Throw base::Failure.
std::int64_t apply_over_api(const Configuration& configuration, store::DeliveryAction action,
                            const store::DeliveryFilter& filter, const std::string& reason, bool all,
                            bool dry_run);
std::int64_t replay_over_api(const Configuration& configuration, const std::string& handler,
                             const std::string& since, bool dry_run);

// As OperatorStore::close, by label, group and beginning of the key. Returns how many.
std::int64_t close_all_over_api(const Configuration& configuration, const store::QueriesToClose& which,
                                const std::string& reason);

// Closes one query, by its id or its QueryId. Returns whether it was closed.
bool close_over_api(const Configuration& configuration, const std::string& id, const std::string& reason);

} // namespace postbackd::ctl
