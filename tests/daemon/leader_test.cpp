#include <boost/test/unit_test.hpp>

#include <atomic>

#include "base/error.hpp"
#include "leader.hpp"
#include "support/process.hpp"

using namespace postbackd;
using namespace postbackd::test;

namespace
{

// Leads once it may.
class Leadership final : public store::Leadership
{
public:
  bool leads(store::Duty) override { return !lost; }
  bool try_lead(store::Duty duty) override
  {
    ++tries;
    return duty == free;
  }

  std::atomic<store::Duty> free{store::Duty::deliver};
  std::atomic<int> tries = 0;
  std::atomic<bool> lost = false;
};

class Service final : public base::Service
{
public:
  explicit Service(int failures = 0) : failures_(failures) {}

  std::string_view name() const override { return "service"; }
  void start() override
  {
    ++starts;
    if (failures_-- > 0) throw base::Failure(base::Errc::unavailable, "not now");
    runs = true;
  }
  void begin_stop() override {}
  bool stop(base::Deadline) override { return true; }

  std::atomic<int> starts = 0;
  std::atomic<bool> runs = false;

private:
  int failures_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(leader)

BOOST_AUTO_TEST_CASE(a_service_runs_once_its_duty_is_led)
{
  Leadership leadership;
  Service delivers;
  Service asks;
  Leader leader(leadership);
  leader.add(store::Duty::deliver, delivers);
  leader.add(store::Duty::ask, asks);
  leader.start();
  BOOST_TEST(eventually([&] { return delivers.runs && leadership.tries > 3; }));
  BOOST_TEST(asks.starts == 0);
  leadership.free = store::Duty::ask;
  BOOST_TEST(eventually([&] { return asks.runs.load(); }));
  BOOST_TEST(delivers.starts == 1);
  BOOST_TEST(leader.stop(std::chrono::steady_clock::now()));
}

BOOST_AUTO_TEST_CASE(a_service_whose_start_failed_is_started_again)
{
  Leadership leadership;
  Service delivers(2);
  Leader leader(leadership);
  leader.add(store::Duty::deliver, delivers);
  leader.start();
  BOOST_TEST(eventually([&] { return delivers.runs.load(); }));
  BOOST_TEST(delivers.starts == 3);
  BOOST_TEST(leader.stop(std::chrono::steady_clock::now()));
}

BOOST_AUTO_TEST_CASE(a_lost_duty_is_said_once)
{
  Leadership leadership;
  Service delivers;
  std::atomic<int> told = 0;
  Leader leader(leadership, [&told](const base::Error&) { ++told; });
  leader.add(store::Duty::deliver, delivers);
  leader.start();
  BOOST_TEST(eventually([&] { return delivers.runs.load(); }));
  BOOST_TEST(told == 0);
  leadership.lost = true;
  BOOST_TEST(eventually([&] { return told > 0; }));
  BOOST_TEST(leader.stop(std::chrono::steady_clock::now()));
  BOOST_TEST(told == 1);
}

BOOST_AUTO_TEST_SUITE_END()
