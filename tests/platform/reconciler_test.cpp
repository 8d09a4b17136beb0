// Tests whether a look at the log counts, with a platform that has the result and a store that may refuse it.
#include <boost/test/unit_test.hpp>

#include "platform/reconciler.hpp"
#include "support/simulator.hpp"
#include "support/spool.hpp"

using namespace postbackd;
using namespace postbackd::test;
using Outcome = store::RecoveryReport::Outcome;

namespace
{

// Not used when the QueryId is known.
class NoStore final : public store::Store
{
public:
  std::string id() override { throw std::logic_error("not asked"); }
  store::PostbackStore& postbacks() override { throw std::logic_error("not used"); }
  store::UpkeepStore& upkeep() override { throw std::logic_error("not used"); }
  store::DeliveryStore& deliveries() override { throw std::logic_error("not used"); }
  store::DeliveryControl& delivery_control() override { throw std::logic_error("not used"); }
  store::SubmissionStore& submissions() override { throw std::logic_error("not used"); }
  void agree(const std::string&, const std::vector<std::string>&) override {}
  store::QueryStore& queries() override { throw std::logic_error("not used"); }
  store::FanbaseStore& fanbase() override { throw std::logic_error("not used"); }
  store::WatchStore& watch() override { throw std::logic_error("not used"); }
  store::Leadership& leadership() override { throw std::logic_error("not used"); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(reconciler)

BOOST_AUTO_TEST_CASE(a_look_does_not_count_while_the_store_refuses_the_result)
{
  const Simulator simulator;
  const platform::PlatformClient client({.base_url = simulator.url(),
                                         .access_token = "simulated-access-token",
                                         .token_id = "simulated-token-id"});
  const auto asked = client.submit({.api = "people", .datasets = "d", .q = "doc{1},simulate{silent}"},
                                   "web{http://127.0.0.1:1/}");
  BOOST_REQUIRE(!asked.query_id.empty());
  NoStore store;
  DiskSpool spool;
  const base::SystemClock clock;
  base::Result<model::Kept> answer = base::Error{base::Errc::unavailable, "database is locked"};
  platform::Reconciler::Options options;
  options.retry.attempts = 1;
  options.jitter = [] { return 0.5; };
  options.keep = [&answer](const model::Postback&) { return answer; };
  const platform::Reconciler reconciler(client, store, spool.spool, clock, options);
  const store::Recovery recovery{.query = 1, .query_id = asked.query_id, .attempt = 7};
  store::RecoveryReport report = reconciler.recover(recovery, {});
  BOOST_TEST((report.outcome == Outcome::later));
  BOOST_TEST(!report.counts);
  BOOST_TEST(report.error == "database is locked");
  answer = model::Kept{1, model::PostbackKind::result, false};
  BOOST_TEST((reconciler.recover(recovery, {}).outcome == Outcome::found));
  // The log has no record: this look counts, and it is the last.
  report = reconciler.recover({.query = 2, .query_id = "unknown", .attempt = 7}, {});
  BOOST_TEST((report.outcome == Outcome::lost));
}

BOOST_AUTO_TEST_SUITE_END()
