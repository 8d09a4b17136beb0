#include <boost/test/unit_test.hpp>

#include <functional>

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
    text += (text.empty() ? "" : "; ") + std::string(problem.critical ? "CRITICAL " : "") + problem.text();
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
  const std::string text = problems(status);
  BOOST_TEST(text.starts_with("CRITICAL not ready: the disk is full; the last reload failed, "), text);
  for (const char* part :
       {": line 7; ", "overdue queries: 2 (postbackctl list --overdue",
        "lost queries: 1 (postbackctl list --state lost)", "named, in the last day: 3 (postbackctl show 77)"})
    BOOST_TEST(text.find(part) != std::string::npos, text);
  status.store.reset();
  BOOST_TEST(problems(status).find("CRITICAL the store cannot be read") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_handler_that_fails_is_behind_or_gave_up_is_named)
{
  admin::Status status = healthy();
  status.store->handlers = {handler(4, 0, 5s, true)};
  status.store->handlers[0].last_error = "connection refused";
  BOOST_TEST(problems(status) == "the handler crm keeps failing; waiting deliveries: 4 (postbackctl "
                                 "deliveries --handler crm --due): connection refused");
  status.store->handlers = {handler(1, 0, 3h, false)};
  BOOST_TEST(problems(status).starts_with("the handler crm is behind: its oldest delivery waits for 3 h"));
  status.store->handlers = {handler(0, 7, 0s, false)};
  BOOST_TEST(
      problems(status).starts_with("dead deliveries to crm: 7 (postbackctl deliveries --dead --handler crm"));
  status.store->handlers = {handler(3, 0, 5s, false)};
  status.store->handlers[0].active = false;
  BOOST_TEST(problems(status).starts_with("deliveries wait for the handler crm, which is not configured: 3"));
  BOOST_TEST(problems(status).find("postbackctl kill --handler crm") != std::string::npos);
}

// What nobody hears of else: results are lost or refused while all goes on.
BOOST_AUTO_TEST_CASE(what_is_silent_is_told_with_the_command_that_mends_it)
{
  struct Case {
    std::function<void(admin::Status&)> make;
    const char* what;
    const char* command;
  };
  const Case table[] = {
      {[](auto& s) {
         s.recent = {{"unauthorized", "192.0.2.7", "/postback", 30, s.now}};
       },
       "requests refused with a wrong secret (401) in the last 15 minutes: 30, the last one from 192.0.2.7 "
       "to /postback",
       "postbackctl report"},
      {[](auto& s) {
         s.recent = {{"too_large", "192.0.2.7", "/postback", 1, s.now}};
       },
       "too large (413)", "[limits] body"},
      {[](auto& s) { s.process.restart_needed = "[[handler]]"; }, "need a restart: [[handler]]",
       "postbackctl apply"},
      {[](auto& s) { s.changed_credentials = {"c.toml:7: [[route]] postbacksecret"}; },
       "c.toml:7: [[route]] postbacksecret: its file has changed", "postbackctl apply"},
      {[](auto& s) { s.process.account_refused = "-111 INVALID ACCESS TOKEN"; },
       "the platform refuses our account", "postbackctl apply"},
      {[](auto& s) {
         s.process.platform_silent_since = s.now - 11min;
         s.store->queued_submissions = 3;
       },
       "the platform has taken no submission since", "postbackctl list --state queued"},
      {[](auto& s) { s.store->expired = 2; }, "submissions that expired unsent since yesterday: 2",
       "postbackctl list --state closed"},
      {[](auto& s) {
         s.unusable_handlers = {{"crm", "no such file"}};
       },
       "the handler crm cannot run", "postbackctl apply"},
      {[](auto& s) { s.store->restored_at = s.now - 2h; }, "the store was restored from a backup",
       "operations.md"},
      {[](auto& s) { s.store->backup_due = s.now - 1h; }, "the newest backup is of",
       "systemctl status postbackd-backup.service"},
      {[](auto& s) { s.store->newest = s.now + 24h; }, "which is to come: the clock is wrong", "timedatectl"},
      {[](auto& s) {
         s.free_bytes = 10ULL << 30;
         s.store->growth = 3LL << 30;
       },
       "days until the disk is full: 3, at 3072 MiB a day", "[keep] postbacks"},
      {[](auto& s) {
         s.store->alerts = {{{"certificate", "", true, "the certificate has expired"}, "receive", s.now}};
       },
       "CRITICAL receive: the certificate has expired", ""},
  };
  for (const Case& each : table) {
    admin::Status status = healthy();
    each.make(status);
    const std::string text = problems(status);
    BOOST_TEST(text.find(each.what) != std::string::npos, text);
    BOOST_TEST(text.find(each.command) != std::string::npos, text);
    BOOST_TEST(text.find("; ") == text.npos, text); // that alone
  }
}

BOOST_AUTO_TEST_CASE(what_strangers_ask_for_or_is_long_ago_is_no_problem)
{
  admin::Status status = healthy();
  status.recent = {{"not_found", "192.0.2.7", "", 1'000, status.now},
                   {"tls", "192.0.2.7", "", 9, status.now}};
  status.store->restored_at = status.now - 25h;
  status.store->backup_due = status.now + 1h;
  status.store->newest = status.now + 1min;
  status.free_bytes = 100ULL << 30;
  status.store->growth = 1LL << 30;
  status.recent.push_back({"unauthorized", "192.0.2.7", "/postback", 4, status.now});
  status.process.alert_refused = 5;
  status.store->overdue = 9;
  status.process.alert_overdue = 10;
  status.process.source = "postbackd";
  status.store->alerts = {
      {{"gone", "", true, "one of this process, which ends in a moment"}, "postbackd", status.now}};
  BOOST_TEST(problems(status).empty(), problems(status));
}

BOOST_AUTO_TEST_CASE(a_certificate_is_a_warning_two_weeks_before_its_end_and_critical_on_its_last_day)
{
  admin::Status status = healthy();
  status.process.certificate_ends = status.now + std::chrono::days(14);
  BOOST_TEST(problems(status).starts_with("days until the certificate expires: 14: put a new one"));
  status.process.certificate_ends = status.now + 5h;
  BOOST_TEST(problems(status).starts_with("CRITICAL days until the certificate expires: 0"));
  status.process.certificate_ends = status.now - 5h;
  BOOST_TEST(problems(status).starts_with("CRITICAL the certificate has expired"));
}

BOOST_AUTO_TEST_SUITE_END()
