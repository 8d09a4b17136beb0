// The lines of a batch, and the keys that make it go on where it stopped.
#include <boost/test/unit_test.hpp>

#include "base/error.hpp"
#include "batch_file.hpp"
#include "support/temporary_directory.hpp"

using namespace postbackd;

namespace
{

const std::string line = R"({"api":"people","datasets":"basic_data","q":"doc{52998224725}"})";

struct BatchFixture {
  std::vector<model::Submission> read(const std::string& content, const std::string& run = "r")
  {
    const ctl::BatchOptions options{
        directory.write("batch", content).string(), run, {.deadline = std::chrono::seconds(60)}};
    ctl::BatchFile file(options);
    std::vector<model::Submission> all;
    while (auto submission = file.next())
      all.push_back(*submission);
    return all;
  }

  test::TemporaryDirectory directory;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(batch_file, BatchFixture)

BOOST_AUTO_TEST_CASE(a_line_is_a_submission_and_blank_lines_are_none)
{
  const auto all = read("\n" + line + "\r\n \t\n" + line);
  BOOST_REQUIRE(all.size() == 2U);
  BOOST_TEST(all[0].client == "local");
  BOOST_TEST((all[0].deadline == std::chrono::seconds(60)));
  BOOST_TEST(all[0].group.value() == "batch:r");
}

BOOST_AUTO_TEST_CASE(the_key_of_a_line_is_its_content_its_run_and_its_turn)
{
  const auto first = read(line + "\n" + line);
  const auto again = read(line + "\n" + line);
  BOOST_TEST(first[0].key.value() == again[0].key.value());
  BOOST_TEST(first[1].key.value() == again[1].key.value());
  BOOST_TEST(first[0].key.value() != first[1].key.value());
  BOOST_TEST(read(line, "other")[0].key.value() != first[0].key.value());
  const std::string keyed = R"({"api":"people","datasets":"basic_data","q":"doc{52998224725}","key":"k"})";
  BOOST_TEST(read(keyed)[0].key.value() == "k");
}

BOOST_AUTO_TEST_CASE(a_wrong_line_is_named)
{
  try {
    read(line + "\n\n{\"api\":5}\n");
    BOOST_FAIL("it was taken");
  } catch (const base::Failure& e) {
    BOOST_TEST(std::string(e.what()).find("batch:3: ") != std::string::npos, e.what());
  }
  const ctl::BatchOptions nothing{(directory / "missing").string(), "r", {}};
  BOOST_CHECK_THROW(ctl::BatchFile{nothing}, base::Failure);
  const ctl::BatchOptions folder{directory.path().string(), "r", {}};
  BOOST_CHECK_THROW(ctl::BatchFile{folder}, base::Failure);
}

BOOST_AUTO_TEST_SUITE_END()
