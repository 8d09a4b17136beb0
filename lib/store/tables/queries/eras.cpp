#include "store/tables/queries/eras.hpp"

#include <cstring>

#include "base/digest.hpp"
#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

// By the clock: 128 events and 512 deliveries for each millisecond, which no store reaches. If the clock is
// behind those of the copy, by chance. Keys of deliveries (settings, store_id) differ between stores anyway.
constexpr int event_bits = 7;
constexpr int delivery_bits = 9;
constexpr std::int64_t smallest_jump = std::int64_t{1} << 32;

constexpr auto begin_sql = "INSERT INTO eras (first, parted, deliveries, began_at) VALUES (?1, ?2, ?3, ?4)";
constexpr auto first_event_sql =
    "INSERT INTO events (id, kind, object, created_at) VALUES (?1, 'era', ?1, ?2)";

constexpr auto counters_sql = R"(
  SELECT setval(pg_get_serial_sequence('events', 'id'), (SELECT max(first) FROM eras))
         + setval(pg_get_serial_sequence('deliveries', 'id'),
                  greatest(1, (SELECT deliveries FROM eras ORDER BY first DESC LIMIT 1), (SELECT max(id) FROM deliveries))))";

// A number between two eras, or one that is still to come.
constexpr auto parted_sql = R"(
  SELECT min(parted) FROM eras
   WHERE (?1 > parted AND ?1 < first)
      OR (first = (SELECT max(first) FROM eras) AND ?1 > (SELECT max(id) FROM events)))";

} // namespace

void begin_era(sql::Database& database, base::TimePoint now)
{
  const std::int64_t ms = now.time_since_epoch().count();
  const std::int64_t event = number_of(database, "SELECT coalesce(max(id), 0) FROM events");
  const std::int64_t delivery = number_of(database, "SELECT coalesce(max(id), 0) FROM deliveries");
  std::uint32_t chance = 0;
  std::memcpy(&chance, base::random_bytes(sizeof chance).data(), sizeof chance);
  const std::int64_t jump = smallest_jump + chance;
  const auto beyond = [&](std::int64_t newest, int bits) {
    return ms << bits > newest ? ms << bits : newest + jump;
  };
  const std::int64_t first = beyond(event, event_bits);
  const std::string began_at = text::format_time(now);
  sql::Statement begin(database, begin_sql);
  begin.bind(1, first);
  begin.bind(2, event);
  begin.bind(3, event == 0 ? 0 : beyond(delivery, delivery_bits));
  bind_text(begin, 4, began_at);
  begin.exec();
  sql::Statement note(database, first_event_sql);
  note.bind(1, first);
  bind_text(note, 2, began_at);
  note.exec();
  // Where numbers come from a counter, it goes on from here.
  if (const std::string counters = sql::worded(database, "", counters_sql); !counters.empty())
    number_of(database, counters);
}

const char* next_delivery(sql::Database& database)
{
  return sql::worded(database,
                     "max((SELECT coalesce(max(id), 0) FROM deliveries), "
                     "(SELECT deliveries FROM eras ORDER BY first DESC LIMIT 1)) + 1",
                     "DEFAULT");
}

std::optional<std::int64_t> parted_at(sql::Database& database, std::int64_t after)
{
  sql::Statement find(database, parted_sql);
  find.bind(1, after);
  find.step();
  return number_or_nothing(find, 0);
}

} // namespace postbackd::store::tables
