#include <boost/test/unit_test.hpp>

#include "text/time.hpp"

using namespace postbackd;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(time_text)

BOOST_AUTO_TEST_CASE(times_are_utc_with_milliseconds)
{
  using namespace std::chrono;
  BOOST_TEST(text::format_time(base::TimePoint(0ms)) == "1970-01-01T00:00:00.000Z");
  BOOST_TEST(text::format_time(sys_days(2026y / 2 / 28) + 23h + 59min + 58s + 7ms) ==
             "2026-02-28T23:59:58.007Z");
  BOOST_TEST(text::format_time(sys_days(2028y / 2 / 29) + 999ms) == "2028-02-29T00:00:00.999Z");
}

BOOST_AUTO_TEST_CASE(durations_and_sizes_have_a_unit)
{
  BOOST_TEST(text::parse_duration("500ms")->count() == 500);
  BOOST_TEST(text::parse_duration("90s")->count() == 90'000);
  BOOST_TEST(text::parse_duration("10m")->count() == 600'000);
  BOOST_TEST(text::parse_duration("2h")->count() == 7'200'000);
  BOOST_TEST(text::parse_duration("30d")->count() == 2'592'000'000);
  BOOST_TEST(text::parse_size("512").value() == 512u);
  BOOST_TEST(text::parse_size("1MiB").value() == 1u << 20);
  for (const char* bad :
       {"", "10", "-1s", "1.5s", "s", "10 s", "10S", "99999999999999999999s", "9223372036854775807d"})
    BOOST_TEST(!text::parse_duration(bad).has_value(), bad);
  for (const char* bad : {"", "-1", "1MB", "1 KiB", "KiB", "99999999999GiB", "1.5MiB"})
    BOOST_TEST(!text::parse_size(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(times_are_parsed_in_the_forms_that_platforms_write)
{
  const std::pair<const char*, const char*> table[] = {
      {"2026-01-31", "2026-01-31T00:00:00.000Z"},
      {"2026-01-31T23:59:59Z", "2026-01-31T23:59:59.000Z"},
      {"2026-01-31T23:59:59.1234567Z", "2026-01-31T23:59:59.123Z"},
      {"2026-01-31T23:59:59.1-03:00", "2026-02-01T02:59:59.100Z"},
      {"2026-01-31 23:59", "2026-01-31T23:59:00.000Z"},
      {"2024-02-29T00:00:00+0530", "2024-02-28T18:30:00.000Z"},
  };
  for (const auto& [text, expected] : table) {
    const auto time = text::parse_time(text);
    BOOST_REQUIRE_MESSAGE(time, text);
    BOOST_TEST(text::format_time(*time) == expected, text);
  }
  for (const char* wrong :
       {"", "2026", "2026-1-31", "2026-02-30", "2026-13-01", "31/01/2026", "2026-01-31T", "2026-01-31T24:00",
        "2026-01-31T23:60", "2026-01-31T23:59:59.", "2026-01-31T23:59:59X", "2026-01-31T23:59:59Zx",
        "2026-01-31T23:59-3", "2026-01-31T23:59+99:00"})
    BOOST_TEST(!text::parse_time(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_SUITE_END()
