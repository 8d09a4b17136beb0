// Bodies in pieces, on the SQLite file.
#include <boost/test/unit_test.hpp>

#include "store/store_fixture.hpp"
#include "store/tables/postbacks/large_bodies.hpp"
#include "support/faulty_vfs.hpp"
#include "support/spool.hpp"

using namespace postbackd;
using namespace postbackd::test;
using sqlite::Connection;

namespace
{

struct LargeBodiesFixture : StoreFixture {
  LargeBodiesFixture() { open(); }

  model::Postback large(const std::string& query_id)
  {
    const std::string body = result_of(query_id, std::string(3 << 20, 'x'));
    model::Postback postback = postback_of("", clock.now());
    postback.raw = disk.blob(body);
    postback.sha256 = postback.raw.sha256();
    postback.envelope = model::decode({postback.raw, postback.content_type, ""}, {});
    return postback;
  }

  DiskSpool disk;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(large_bodies, LargeBodiesFixture)

BOOST_AUTO_TEST_CASE(a_repeat_leaves_no_pieces)
{
  tell("INSERT INTO queries (query_id) VALUES ('q-1')");
  BOOST_TEST(keep(large("q-1")).has_value());
  const std::string before = ask("SELECT count(*) FROM pieces");
  BOOST_TEST(before == "4");
  BOOST_TEST(keep(large("q-1")).value().repeat);
  BOOST_TEST(ask("SELECT count(*) FROM pieces") == before);
}

// Whatever removes a piece between its commit and that of the row: a 200 would be a lie.
BOOST_AUTO_TEST_CASE(a_row_is_not_kept_when_a_piece_of_its_body_has_gone)
{
  tell("CREATE TRIGGER harm AFTER INSERT ON pieces WHEN NEW.part = 1 BEGIN DELETE FROM pieces WHERE part = "
       "0; END");
  const auto outcome = keep(large("q-1"));
  BOOST_REQUIRE(!outcome.has_value());
  BOOST_TEST((outcome.error().code == base::Errc::unavailable), outcome.error().message);
  BOOST_TEST(ask("SELECT count(*) FROM postbacks") == "0");
}

// Another process may be about to name the pieces that it keeps.
BOOST_AUTO_TEST_CASE(orphans_are_removed_once_nobody_adds_to_them_and_named_bodies_stay)
{
  using store::tables::LargeBodies;
  BOOST_TEST(keep(large("q-1")).has_value());
  tell("INSERT INTO pieces (body_id, part, bytes) VALUES (7, 0, x'00'), (7, 1, x'00'), (8, 0, x'00')");
  const auto begin = std::chrono::steady_clock::now();
  const auto look = [&](std::chrono::steady_clock::duration later) {
    boost::asio::co_spawn(test_context(), store->upkeep().remove_orphans(begin + later),
                          boost::asio::use_future);
    test_context().run();
    return ask("SELECT group_concat(body_id || '/' || part) FROM pieces WHERE body_id IN (7, 8)");
  };
  BOOST_TEST(look({}) == "7/0,7/1,8/0");
  tell("INSERT INTO pieces (body_id, part, bytes) VALUES (8, 1, x'00')"); // it is still being kept
  BOOST_TEST(look(LargeBodies::orphan_age) == "8/0,8/1");
  BOOST_TEST(look(2 * LargeBodies::orphan_age) == "");
  BOOST_TEST(ask("SELECT count(*) FROM pieces") == "4");
}

// A group that is rolled back leaves nothing behind in the counters of the next one.
BOOST_AUTO_TEST_CASE(the_counters_of_a_group_that_failed_are_forgotten)
{
  store.reset();
  FaultyVfs::install();
  vfs = FaultyVfs::name;
  open();
  tell("INSERT INTO queries (query_id) VALUES ('q-1'), ('q-2')");
  FaultyVfs::disk_full = true;
  BOOST_TEST(!keep(postback_of(result_of("q-1"), clock.now())).has_value());
  FaultyVfs::disk_full = false;
  BOOST_TEST(keep(postback_of(result_of("q-2"), clock.now())).has_value());
  BOOST_TEST(ask("SELECT sum(results) FROM v_stats") == "1");
}

BOOST_AUTO_TEST_SUITE_END()
