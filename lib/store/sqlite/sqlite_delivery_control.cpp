#include "store/sqlite/sqlite_delivery_control.hpp"

#include "sqlite/reading.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/deliveries/delivery_actions.hpp"

namespace postbackd::store::sqlite
{

std::vector<DeliveryRecord> SqliteDeliveryControl::deliveries(const DeliveryFilter& filter, std::size_t most)
{
  return reader_.read([&] { return find_deliveries(reader_.database(), filter, most); });
}

std::vector<HandlerRecord> SqliteDeliveryControl::handlers()
{
  return reader_.read([&] { return find_handlers(reader_.database()); });
}

std::int64_t SqliteDeliveryControl::count(DeliveryAction action, const DeliveryFilter& filter)
{
  return reader_.read([&] { return count_changeable(reader_.database(), action, filter); });
}

DeliveryControl::Applied SqliteDeliveryControl::apply(DeliveryAction action, const DeliveryFilter& filter,
                                                      const std::string& reason, std::int64_t after,
                                                      std::size_t most, base::TimePoint now)
{
  const std::vector<std::int64_t> ids =
      reader_.read([&] { return find_changeable(reader_.database(), action, filter, after, most); });
  if (ids.empty()) return {};
  return {queue_.run_blocking([&] { return change_deliveries(writer_, action, ids, reason, now); }).value(),
          ids.back()};
}

std::vector<model::Event> SqliteDeliveryControl::past_events(base::TimePoint since, std::int64_t after,
                                                             std::size_t most)
{
  return reader_.read([&] { return sqlite::past_events(reader_.database(), since, after, most); });
}

std::int64_t SqliteDeliveryControl::replay(const std::string& handler,
                                           const std::vector<std::int64_t>& events, bool dry_run,
                                           base::TimePoint now)
{
  if (dry_run) return reader_.read([&] { return count_replayable(reader_.database(), handler, events); });
  return queue_.run_blocking([&] { return sqlite::replay(writer_, handler, events, now); }).value();
}

} // namespace postbackd::store::sqlite
