// What comes after an erasure: another result, a second erasure, a backup that is put back, and what others
// have.
#include <boost/test/unit_test.hpp>

#include <fstream>

#include "store/open.hpp"
#include "store/store_fixture.hpp"
#include "store/tables/common/erased_name.hpp"

using namespace postbackd;
using namespace postbackd::test;

namespace
{

constexpr auto cpf = "52998224725"; // synthetic

struct AgainFixture : StoreFixture {
  TemporaryDirectory elsewhere;

  std::unique_ptr<store::OperatorStore> operators(store::Access access = store::Access::write)
  {
    return store::open_operator(options.path, options.busy_timeout, access);
  }
  store::Erased erase(const store::ToErase& which)
  {
    const auto opened = operators();
    const store::Erased erased = opened->archive().erase(which, "tester", false, clock.now(), {});
    BOOST_TEST(opened->archive().complete_erasure(which).empty());
    clock.advance(std::chrono::seconds(1));
    return erased;
  }
  store::ToErase person() const { return {.subject = model::DataSubject::of_document(cpf)}; }
  std::filesystem::path back_up()
  {
    const auto copy = elsewhere / "copy";
    std::ofstream(copy).close();
    operators(store::Access::read)->archive().back_up(copy, {});
    return copy;
  }
  store::Erased restore(const std::filesystem::path& copy)
  {
    store.reset();
    return store::restore(copy, options.path, true, clock.now());
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(erased_again, AgainFixture)

// Columns stand side by side in a page, and a page that was divided keeps copies.
BOOST_AUTO_TEST_CASE(no_byte_of_a_divided_page_stays)
{
  open();
  store.reset();
  std::string rows;
  for (int i = 0; i < 3'000; ++i)
    rows += "INSERT INTO queries (id, query_id, label, api) VALUES (" +
            std::to_string(i * 7'919 % 3'001 + 1) + ", 'q-" + std::to_string(i) +
            "a', 'ana@example.com', 'people');";
  tell("BEGIN;" + rows + "COMMIT");
  BOOST_TEST(erase({.subject = model::DataSubject::of_email("ana@example.com")}).queries == 3'000);
  BOOST_TEST(read_file(options.path).find("ana@example.com") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_comes_under_an_erased_name_is_not_kept)
{
  open();
  tell("INSERT INTO queries (query_id) VALUES ('52998224725')");
  BOOST_REQUIRE(keep(postback_of(result_of("9-52998224725"))).has_value()); // of no query
  BOOST_TEST(erase(person()).queries == 1);
  BOOST_TEST(keep(postback_of(result_of(cpf))).value().discarded);
  BOOST_TEST(keep(postback_of(result_of("9-52998224725"))).value().repeat);
  BOOST_TEST(ask("SELECT count(*) FROM bodies WHERE raw <> x''") == "0");
  BOOST_TEST(erase(person()).is_nothing());
}

BOOST_AUTO_TEST_CASE(nobody_takes_the_name_that_an_erasure_needs)
{
  open();
  const std::string store_id = ask("SELECT value FROM settings WHERE name = 'store_id'");
  tell("INSERT INTO queries (query_id) VALUES ('" + store::tables::erased_name(store_id, cpf) + "')");
  tell("INSERT INTO queries (query_id) VALUES ('52998224725')");
  BOOST_TEST(erase(person()).queries == 1);
}

BOOST_AUTO_TEST_CASE(a_second_erasure_keeps_nobody_from_hearing_of_the_end)
{
  open();
  tell("INSERT INTO queries (query_id) VALUES ('q-1')");
  erase({.query = "q-1"});
  tell("INSERT INTO deliveries (event_id, handler, created_at) SELECT id, 'h', created_at FROM events");
  erase({.query = "q-1"});
  BOOST_TEST(ask("SELECT group_concat(DISTINCT state) FROM deliveries") == "due");
}

BOOST_AUTO_TEST_CASE(a_restore_leaves_other_clients_what_they_shared)
{
  open();
  tell("INSERT INTO queries (query_id, correlation, client) VALUES ('q-1', "
       "'00000000000000000000000000000001', 'a')");
  BOOST_REQUIRE(keep(postback_of(result_of("q-1"))).has_value());
  tell("INSERT INTO queries (correlation, client) VALUES ('00000000000000000000000000000002', 'b')");
  tell("UPDATE queries SET state = 'answered', served_from = '00000000000000000000000000000001', "
       "receipt = (SELECT receipt FROM queries WHERE client = 'a'), answered_at = created_at WHERE client = "
       "'b'");
  const auto copy = back_up();
  const auto mine = store->queries().find(model::query_name_of("q-1"), {.client = "a"});
  store->queries().erase(mine.value(), clock.now());
  BOOST_TEST(restore(copy).queries == 1);
  BOOST_TEST(ask("SELECT group_concat(client || (erased_at IS NOT NULL), ' ') FROM queries ORDER BY id") ==
             "a1 b0");
  BOOST_TEST(ask("SELECT count(*) FROM bodies WHERE raw <> x''") == "1");
}

BOOST_AUTO_TEST_CASE(a_restore_leaves_who_has_come_back_since_the_erasure)
{
  open();
  operators()->add_fans({{cpf, 1}});
  erase(person());
  operators()->add_fans({{cpf, 1}});
  restore(back_up());
  BOOST_TEST(ask("SELECT count(*) FROM fans") == "1");
}

BOOST_AUTO_TEST_CASE(a_backup_in_the_middle_of_an_erasure_is_put_back_without_its_pieces)
{
  open();
  tell("INSERT INTO pieces (body_id, part, bytes) VALUES (7, 0, CAST('of 52998224725' AS BLOB))");
  tell("INSERT INTO erased_pieces VALUES (7)");
  store.reset();
  restore(back_up());
  BOOST_TEST(ask("SELECT count(*) FROM pieces") == "0");
  BOOST_TEST(read_file(options.path).find(cpf) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
