// Every body of the table, kept in a real file: its kind, its bytes, and what a user's JSON functions make of
// it.
#include <boost/test/unit_test.hpp>

#include "model/body_table.hpp"
#include "store/store_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;

namespace
{

// What a body is once its query, if it names one, is registered.
std::string kind_of(const Row& row)
{
  if (row.content == Content::undecodable) return "undecodable";
  if (row.query_id == nothing) return "unmatched";
  return row.content == Content::notice ? "notice" : "result";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(body_table, StoreFixture)

BOOST_AUTO_TEST_CASE(each_body_is_kept_as_what_it_is_with_the_bytes_that_came)
{
  for (const Row& row : rows()) {
    BOOST_TEST_CONTEXT(row.name)
    {
      // A store for each: many rows name the same query.
      std::filesystem::remove_all(directory.path());
      std::filesystem::create_directory(directory.path());
      open();
      if (row.query_id != nothing) tell("INSERT INTO queries (query_id) VALUES ('" + row.query_id + "')");
      model::Postback postback = postback_of(row.body);
      postback.content_type = row.content_type;
      postback.content_encoding = row.encoding;
      postback.envelope =
          model::decode({postback.raw, row.content_type, row.encoding}, {.most_decoded = 1 << 20});
      BOOST_REQUIRE(keep(postback).has_value());
      BOOST_TEST(ask("SELECT kind FROM v_postbacks") == kind_of(row));
      BOOST_TEST(ask("SELECT lower(hex(raw)) FROM v_bodies") == base::to_hex(row.body));
      BOOST_TEST(ask("SELECT bytes FROM v_postbacks") == std::to_string(row.body.size()));
      BOOST_TEST(ask("SELECT sha256 FROM v_postbacks") == base::to_hex(base::sha256(row.body)));
      BOOST_TEST(ask("SELECT coalesce(json, '(none)') FROM v_bodies") ==
                 (row.json == as_it_came ? row.body : row.json));
      BOOST_TEST(ask("SELECT count(*) FROM v_results WHERE NOT json_valid(json)") == "0");
    }
    store.reset();
  }
}

BOOST_AUTO_TEST_SUITE_END()
