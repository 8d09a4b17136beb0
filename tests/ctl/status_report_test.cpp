// What `postbackctl status` says of a daemon's status, and with which exit code.
#include <boost/test/unit_test.hpp>

#include <sstream>

#include "base/error.hpp"
#include "status_report.hpp"

using namespace postbackd;
using ctl::StatusForm;

namespace
{

struct Said {
  std::string text;
  int code;
};

Said report(const std::string& json, StatusForm form)
{
  std::ostringstream out;
  const int code = ctl::report_status(out, json, form);
  return {out.str(), code};
}

const std::string well =
    R"({"ready":true,"version":"1","uptime_seconds":90,"problems":[],"receiving":["127.0.0.1:8080"],
  "queries":{"pending":3,"overdue":0,"lost":0,"oldest_seconds":7300},"database_bytes":2097152,"wal_bytes":1024,"free_bytes":0})";
const std::string warned =
    R"({"ready":true,"problems":[{"what":"two are overdue","critical":false},{"what":"b"}]})";
const std::string critical =
    R"({"ready":false,"problems":[{"what":"two are overdue","critical":false},{"what":"the disk is full","critical":true}]})";

} // namespace

BOOST_AUTO_TEST_SUITE(status_report)

BOOST_AUTO_TEST_CASE(a_check_is_one_line_with_the_worst_code)
{
  BOOST_TEST(report(well, StatusForm::check).text == "POSTBACKD OK: all is well\n");
  BOOST_TEST(report(well, StatusForm::check).code == 0);
  BOOST_TEST(report(warned, StatusForm::check).text == "POSTBACKD WARNING: two are overdue; b\n");
  BOOST_TEST(report(warned, StatusForm::check).code == 1);
  BOOST_TEST(report(critical, StatusForm::check).text ==
             "POSTBACKD CRITICAL: the disk is full; two are overdue\n");
  BOOST_TEST(report(critical, StatusForm::check).code == 2);
}

BOOST_AUTO_TEST_CASE(people_read_what_is_wrong_first)
{
  const Said said = report(critical, StatusForm::people);
  BOOST_TEST(said.code == 1);
  BOOST_TEST(said.text.starts_with(
                 "ready        NO\nproblems     CRITICAL: the disk is full\n             two are overdue\n"),
             said.text);
  const Said good = report(well, StatusForm::people);
  BOOST_TEST(good.code == 0);
  for (const char* part :
       {"problems     none\n", "1, running for 90 s", "3 pending, 0 overdue", "waits for 2 h",
        "store        2 MiB, WAL 1 KiB, 0 KiB free", "receiving    127.0.0.1:8080"})
    BOOST_TEST(good.text.find(part) != std::string::npos, part << " in " << good.text);
}

BOOST_AUTO_TEST_CASE(json_is_passed_on)
{
  BOOST_TEST(report(well, StatusForm::json).text == well + "\n");
  BOOST_CHECK_THROW(report("<html>", StatusForm::people), base::Failure);
}

BOOST_AUTO_TEST_SUITE_END()
