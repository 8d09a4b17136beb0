// Numbers of events, receipts and deliveries that a store has given out are never given out again, whatever
// is restored in its place.
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <random>
#include <set>

#include "store/open.hpp"
#include "store/store_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;

namespace
{

struct ErasFixture : StoreFixture {
  const std::filesystem::path backup = directory / "backup.sqlite3";
  std::set<std::int64_t> events; // that were ever given out
  std::set<std::int64_t> known;  // those of them that the store has
  std::set<std::int64_t> known_to_backup;
  std::set<std::string> keys; // idempotency keys
  std::set<std::int64_t> receipts;
  int count = 0;

  ErasFixture() { open(); }

  // A result that is delivered.
  void receive()
  {
    const std::string query = "q-" + std::to_string(++count);
    tell("INSERT INTO queries (query_id) VALUES ('" + query + "')");
    const auto kept = keep(postback_of(result_of(query)));
    BOOST_REQUIRE(kept.has_value());
    BOOST_TEST(receipts.insert(kept->receipt).second, "a receipt was given out twice: " << kept->receipt);
    const std::int64_t event = newest();
    BOOST_TEST(events.insert(event).second, "an event was given out twice: " << event);
    known.insert(event);
    store->deliveries().advance({.deliveries = {{event, "h"}}, .routed = event}, clock.now());
    const std::string key = ask("SELECT idempotency_key FROM v_deliveries ORDER BY delivery_id DESC LIMIT 1");
    BOOST_TEST(keys.insert(key).second, "a key was given out twice: " << key);
  }
  std::int64_t newest() { return store->queries().newest().event; }
  std::optional<std::int64_t> parted_at(std::int64_t after) { return store->queries().parted_at(after); }
  void back_up()
  {
    std::filesystem::remove(backup);
    std::ofstream(backup).close();
    store::open_operator(options.path, options.busy_timeout, store::Access::read)
        ->archive()
        .back_up(backup, {});
    known_to_backup = known;
  }
  void restore()
  {
    store.reset();
    clock.advance(std::chrono::milliseconds(1)); // receipts follow it
    store::restore(backup, options.path, true, clock.now());
    open();
    known = known_to_backup;
  }
  // Each number that was ever given out, and some that were not, against what the store has.
  void check_cursors()
  {
    for (const std::int64_t event : events) {
      const auto parted = parted_at(event);
      BOOST_TEST(parted.has_value() == !known.contains(event), event);
      if (!parted) continue;
      BOOST_TEST(*parted < event);
      BOOST_TEST(!parted_at(*parted).has_value());
      // Whoever goes on there gets all that this store has and he has not.
      const auto next = known.upper_bound(*parted);
      BOOST_TEST((next == known.end() || *next > event));
    }
    BOOST_TEST(!parted_at(0).has_value());
    BOOST_TEST(!parted_at(newest()).has_value());
    BOOST_TEST(parted_at(newest() + 1).has_value());
    BOOST_TEST(parted_at(INT64_MAX).has_value());
    BOOST_TEST(parted_at(1).value() == 0);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(eras, ErasFixture)

// Receives, backs up and restores in any order; also the same backup again and again.
BOOST_AUTO_TEST_CASE(no_number_is_given_out_twice)
{
  std::mt19937 random(7);
  back_up();
  for (int step = 0; step < 60; ++step) {
    const auto dice = random() % 6;
    if (dice < 3)
      receive();
    else if (dice < 4)
      back_up();
    else
      restore();
  }
  receive();
  check_cursors();
}

BOOST_AUTO_TEST_CASE(another_store_in_its_place_goes_on_beyond_its_numbers)
{
  receive();
  receive();
  store.reset();
  clock.advance(std::chrono::milliseconds(1));
  for (const char* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(options.path.string() + suffix);
  open();
  known.clear();
  receive();
  check_cursors();
  BOOST_TEST(parted_at(*events.begin()).value() == 0);
}

BOOST_AUTO_TEST_CASE(the_beginning_of_an_era_is_no_event_of_the_views)
{
  receive();
  BOOST_TEST(ask("SELECT count(*) FROM v_events") == "1");
  BOOST_TEST(ask("SELECT min(seq) > 2147483648 FROM v_events") == "1");
}

BOOST_AUTO_TEST_SUITE_END()
