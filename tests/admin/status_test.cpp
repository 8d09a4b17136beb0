#include <boost/test/unit_test.hpp>

#include "admin/status.hpp"

using namespace postbackd;
using namespace std::chrono_literals;

namespace
{

admin::Status healthy()
{
  admin::Status status;
  status.now = base::TimePoint{std::chrono::days(20'000)};
  status.process.certificate_ends = status.now + std::chrono::days(60);
  status.store = store::StoreFigures{};
  return status;
}

// `CRITICAL what; what`.
std::string problems(const admin::Status& status)
{
  std::string text;
  for (const admin::Problem& problem : problems_of(status))
    text += (text.empty() ? "" : "; ") + std::string(problem.critical ? "CRITICAL " : "") + problem.what;
  return text;
}

store::HandlerFigures handler(std::int64_t backlog, std::int64_t dead, std::chrono::milliseconds oldest,
                              bool open)
{
  return {"crm", backlog, dead, oldest, open};
}

} // namespace

BOOST_AUTO_TEST_SUITE(status)

BOOST_AUTO_TEST_CASE(a_disk_that_is_too_full_for_the_api_is_a_problem_before_postbacks_are_refused)
{
  admin::Status status = healthy();
  status.process.api_floor = 128 << 20;
  status.free_bytes = 128 << 20;
  BOOST_TEST(problems(status) == "");
  status.free_bytes = 100 << 20;
  BOOST_TEST(problems(status).starts_with("free: 100 MiB; below 128 MiB the API refuses"));
}

BOOST_AUTO_TEST_CASE(a_healthy_daemon_has_no_problem)
{
  admin::Status status = healthy();
  status.store->pending = 5;
  status.store->handlers = {handler(3, 0, 5s, false)};
  BOOST_TEST(problems(status).empty());
}

BOOST_AUTO_TEST_CASE(each_trouble_is_named_and_what_refuses_results_comes_first)
{
  admin::Status status = healthy();
  status.process.reload_error = "line 7";
  status.store->overdue = 2;
  status.store->lost = 1;
  status.store->doubtful = 3;
  status.store->last_doubtful = 77;
  status.not_ready = "the disk is full";
  BOOST_TEST(problems(status) == "CRITICAL not ready: the disk is full; the last reload failed: line 7; "
                                 "overdue queries: 2 (postbackctl list --overdue); "
                                 "lost queries: 1 (postbackctl list --state lost); "
                                 "postbacks to a query's own URL with another QueryId than the platform has "
                                 "named, in the last day: 3 (postbackctl show 77)");
  status.store.reset();
  BOOST_TEST(problems(status).find("CRITICAL the store cannot be read") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_handler_that_fails_is_behind_or_gave_up_is_named)
{
  admin::Status status = healthy();
  status.store->handlers = {handler(4, 0, 5s, true)};
  BOOST_TEST(problems(status) == "the handler crm keeps failing; waiting deliveries: 4");
  status.store->handlers = {handler(1, 0, 3h, false)};
  BOOST_TEST(problems(status) == "the handler crm is behind: its oldest delivery waits for 3 h");
  status.store->handlers = {handler(0, 7, 0s, false)};
  BOOST_TEST(problems(status) == "dead deliveries to crm: 7 (postbackctl deliveries --dead)");
}

BOOST_AUTO_TEST_CASE(a_certificate_is_a_warning_two_weeks_before_its_end_and_critical_on_its_last_day)
{
  admin::Status status = healthy();
  status.process.certificate_ends = status.now + std::chrono::days(14);
  BOOST_TEST(problems(status) == "days until the certificate expires: 14");
  status.process.certificate_ends = status.now + 5h;
  BOOST_TEST(problems(status) == "CRITICAL days until the certificate expires: 0");
  status.process.certificate_ends = status.now - 5h;
  BOOST_TEST(problems(status) == "CRITICAL the certificate has expired");
}

BOOST_AUTO_TEST_SUITE_END()
