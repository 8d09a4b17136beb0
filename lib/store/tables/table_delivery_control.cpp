#include "store/tables/table_delivery_control.hpp"

#include "sql/reader.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/deliveries/delivery_actions.hpp"

namespace postbackd::store::tables
{

std::vector<DeliveryRecord> TableDeliveryControl::deliveries(const DeliveryFilter& filter, std::size_t most)
{
  return reader_.read([&] { return find_deliveries(reader_.database(), filter, most); });
}

std::vector<HandlerRecord> TableDeliveryControl::handlers()
{
  return reader_.read([&] { return find_handlers(reader_.database()); });
}

std::int64_t TableDeliveryControl::count(DeliveryAction action, const DeliveryFilter& filter)
{
  return reader_.read([&] { return count_changeable(reader_.database(), action, filter); });
}

DeliveryControl::Applied TableDeliveryControl::apply(DeliveryAction action, const DeliveryFilter& filter,
                                                     const std::string& reason, std::int64_t after,
                                                     std::size_t most, base::TimePoint now)
{
  const std::vector<std::int64_t> ids =
      reader_.read([&] { return find_changeable(reader_.database(), action, filter, after, most); });
  if (ids.empty()) return {};
  return {queue_.run_blocking([&] { return change_deliveries(writer_, action, ids, reason, now); }).value(),
          ids.back()};
}

std::vector<model::Event> TableDeliveryControl::past_events(base::TimePoint since, std::int64_t after,
                                                            std::size_t most)
{
  return reader_.read([&] { return tables::past_events(reader_.database(), since, after, most); });
}

std::int64_t TableDeliveryControl::replay(const std::string& handler, const std::vector<std::int64_t>& events,
                                          bool dry_run, base::TimePoint now)
{
  if (dry_run) return reader_.read([&] { return count_replayable(reader_.database(), handler, events); });
  return queue_.run_blocking([&] { return tables::replay(writer_, handler, events, now); }).value();
}

} // namespace postbackd::store::tables
