// Bodies in pieces, on the SQLite file.
#include <boost/test/unit_test.hpp>

#include "store/sqlite/postbacks/large_bodies.hpp"
#include "store/store_fixture.hpp"
#include "support/faulty_vfs.hpp"
#include "support/spool.hpp"

using namespace postbackd;
using namespace postbackd::test;
using store::sqlite::Connection;

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

BOOST_AUTO_TEST_CASE(a_row_is_not_kept_when_a_piece_of_its_body_has_gone)
{
  Connection writer = connect(Connection::Mode::existing);
  writer.database().exec("INSERT INTO pieces (body_id, part, bytes) VALUES (7, 0, x'00'), (7, 1, x'00')");
  store::sqlite::require_all(writer.database(), {7, 2});
  BOOST_CHECK_THROW(store::sqlite::require_all(writer.database(), {7, 3}), base::Failure);
}

BOOST_AUTO_TEST_CASE(orphans_are_removed_and_named_bodies_stay)
{
  BOOST_TEST(keep(large("q-1")).has_value());
  tell("INSERT INTO pieces (body_id, part, bytes) VALUES (7, 0, x'00'), (7, 1, x'00')");
  boost::asio::io_context& io = test_context();
  boost::asio::co_spawn(io, store->postbacks().remove_orphans(), boost::asio::use_future);
  io.run();
  BOOST_TEST(ask("SELECT count(*) FROM pieces WHERE body_id = 7") == "0");
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
