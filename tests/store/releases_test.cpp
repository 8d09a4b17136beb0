// The store of each release is brought to this version's schema, with all that is in it.
#include <boost/test/unit_test.hpp>
#include <zlib.h>

#include <fstream>

#include "store/sqlite/files/schema.hpp"
#include "store/store_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;

namespace
{

void unpack(const std::filesystem::path& from, const std::filesystem::path& to)
{
  const gzFile packed = ::gzopen(from.c_str(), "rb");
  BOOST_REQUIRE(packed != nullptr);
  std::ofstream file(to, std::ios::binary);
  char bytes[64 << 10];
  for (int count = ::gzread(packed, bytes, sizeof bytes); count > 0;
       count = ::gzread(packed, bytes, sizeof bytes))
    file.write(bytes, count);
  ::gzclose(packed);
}

// What the README beside the stores says of each of them.
void check(StoreFixture& fixture)
{
  const auto ask = [&fixture](const std::string& sql) { return fixture.ask(sql); };
  BOOST_TEST(ask("SELECT json ->> '$.Result[0].Name' FROM v_results WHERE query_id = 'answered'") ==
             "synthetic");
  BOOST_TEST(ask("SELECT label || key || metadata || group_name || traceparent FROM v_queries WHERE query_id "
                 "= 'answered'") == "lk-1{\"a\":1}g00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  BOOST_TEST(ask("SELECT count(*) FROM v_postbacks WHERE query_id = 'answered' AND kind = 'extra'") == "1");
  BOOST_TEST(ask("SELECT length(json ->> '$.Result[0]') FROM v_results WHERE query_id = 'large'") ==
             "200000");
  BOOST_TEST(ask("SELECT state || parameters FROM v_submissions WHERE key = 'k-2'") ==
             "answered{\"Limit\":1}");
  BOOST_TEST(ask("SELECT state FROM v_queries WHERE query_id = 'closed'") == "closed");
  BOOST_TEST(ask("SELECT erased_at IS NOT NULL FROM v_queries WHERE query_id = 'erased'") == "1");
  BOOST_TEST(ask("SELECT count(*) FROM v_unmatched") == "2");
  BOOST_TEST(ask("SELECT count(*) > 1 FROM v_dead WHERE handler = 'broken'") == "1");
  BOOST_TEST(ask("SELECT count(*) FROM v_queue_objects") == "1");
  BOOST_TEST(ask("SELECT event_at FROM v_app_events") == "2026-02-01T00:00:00.000Z");
  BOOST_TEST(ask("SELECT count(*) FROM v_audit WHERE action = 'result'") == "1");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(releases, StoreFixture)

BOOST_AUTO_TEST_CASE(the_store_of_each_release_is_opened_with_all_that_is_in_it)
{
  int tried = 0;
  for (const auto& entry : std::filesystem::directory_iterator(RELEASED_STORES)) {
    if (entry.path().extension() != ".gz") continue;
    ++tried;
    BOOST_TEST_CONTEXT(entry.path().filename().string())
    {
      store.reset();
      options.path = directory / entry.path().stem().string();
      unpack(entry.path(), options.path);
      open();
      BOOST_TEST(ask("PRAGMA user_version") == std::to_string(store::sqlite::schema_version));
      BOOST_TEST(ask("PRAGMA integrity_check") == "ok");
      check(*this);
      // The daemon goes on where that one stopped.
      BOOST_TEST((keep(postback_of(result_of("pending"), clock.now()))->kind == model::PostbackKind::result));
      BOOST_TEST(ask("SELECT state FROM v_queries WHERE query_id = 'pending'") == "answered");
    }
  }
  BOOST_TEST(tried > 0);
}

BOOST_AUTO_TEST_CASE(each_release_has_its_store_here)
{
  std::ifstream changes(RELEASED_STORES "/../../../CHANGELOG.md");
  int releases = 0;
  for (std::string line; std::getline(changes, line);) {
    if (!line.starts_with("## ") || line.find(" (") == std::string::npos) continue;
    ++releases;
    const std::string version = line.substr(3, line.find(" (") - 3);
    BOOST_TEST(std::filesystem::exists(RELEASED_STORES "/" + version + ".sqlite3.gz"), version);
  }
  BOOST_TEST(releases > 0);
}

BOOST_AUTO_TEST_SUITE_END()
