// What was acknowledged is there after the power has failed, at whatever moment: in a commit, in a
// checkpoint, between two.
#include <boost/test/unit_test.hpp>

#include "store/store_fixture.hpp"
#include "support/power_cut_vfs.hpp"

using namespace postbackd;
using namespace postbackd::test;

namespace
{

struct PowerCutFixture : StoreFixture {
  PowerCutFixture()
  {
    PowerCutVfs::install();
    vfs = PowerCutVfs::name;
    open();
  }
  // No function of this test outlives it.
  ~PowerCutFixture() { PowerCutVfs::cut_each(0, {}); }

  void open()
  {
    store =
        std::make_unique<store::sqlite::SqliteStore>(options, vfs, sqlite::CheckpointPages{60, 130, 170, 20});
  }
};

// The number of kept postbacks among the first `count` of the test, in the image of a disk.
std::string kept_in(const std::filesystem::path& image, std::size_t count)
{
  sqlite::Connection connection({image}, sqlite::Connection::Mode::existing);
  const std::string health = connection.database().raw().execAndGet("PRAGMA integrity_check").getString();
  if (health != "ok") return health;
  SQLite::Statement find(connection.database().raw(),
                         "SELECT count(*) FROM postbacks p JOIN bodies b USING (receipt) "
                         "WHERE CAST(substr(p.query_id, 3) AS INTEGER) < ?1 AND length(b.raw) = p.bytes");
  find.bind(1, static_cast<std::int64_t>(count));
  find.executeStep();
  return find.getColumn(0).getString();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(power_cut, PowerCutFixture)

BOOST_AUTO_TEST_CASE(what_was_acknowledged_is_there_whenever_the_power_fails)
{
  constexpr double fortunes[] = {0, 0.5, 1, 0.1, 0.9};
  struct Cut {
    std::filesystem::path image;
    std::size_t acknowledged;
  };
  std::vector<Cut> cuts;
  std::atomic<std::size_t> acknowledged = 0;
  PowerCutVfs::cut_each(11, [&] {
    cuts.push_back({directory / ("cut-" + std::to_string(cuts.size()) + ".sqlite3"), acknowledged});
    PowerCutVfs::write_image(cuts.back().image, fortunes[cuts.size() % std::size(fortunes)]);
  });
  for (int group = 0; group < 150; ++group) {
    std::vector<model::Postback> postbacks;
    for (std::size_t i = 0; i < 8; ++i)
      postbacks.push_back(
          postback_of(result_of("q-" + std::to_string(acknowledged + i), std::string(900, 'x'))));
    for (const auto& outcome : keep_all(postbacks))
      BOOST_REQUIRE(outcome.has_value());
    acknowledged += postbacks.size();
  }
  PowerCutVfs::cut_each(0, {});
  BOOST_TEST(cuts.size() >= 60u);
  for (const Cut& cut : cuts)
    BOOST_TEST(kept_in(cut.image, cut.acknowledged) == std::to_string(cut.acknowledged),
               cut.image.filename());
  BOOST_TEST_MESSAGE(cuts.size() << " cuts");
}

BOOST_AUTO_TEST_SUITE_END()
