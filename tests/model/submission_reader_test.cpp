#include <boost/test/unit_test.hpp>

#include "base/error.hpp"
#include "model/submission_reader.hpp"
#include "text/time.hpp"

using namespace postbackd;
using namespace std::chrono_literals;

namespace
{

const base::TimePoint now{std::chrono::days(20'000)}; // 2024-10-04
constexpr auto rest = R"("api":"people","datasets":"basic_data","q":"doc{12345678900}")";

model::Submission read(const std::string& more)
{
  const auto document = text::JsonDocument::parse("{" + std::string(rest) + more + "}");
  return model::read_submission(document->root(), 600s, now);
}

std::string refusal(const std::string& more)
{
  try {
    read(more);
  } catch (const base::Failure& failure) {
    return failure.what();
  }
  return "read";
}

} // namespace

BOOST_AUTO_TEST_SUITE(submission_reader)

BOOST_AUTO_TEST_CASE(a_misspelt_member_or_another_type_is_an_error)
{
  BOOST_TEST(refusal(R"(,"deadlin":"10m")").starts_with("unknown member 'deadlin': expected api, datasets"));
  BOOST_TEST(refusal(R"(,"tag":"x")").starts_with("unknown member 'tag'"));
  BOOST_TEST(refusal(R"(,"label":5)") == "label: expected a text");
  BOOST_TEST(refusal(R"(,"deadline":600)") == "deadline: expected a text");
  BOOST_TEST(!read(R"(,"label":null)").label.has_value());
}

BOOST_AUTO_TEST_CASE(a_deadline_is_a_duration_or_a_time_to_come)
{
  BOOST_TEST((read("").deadline == 600s));
  BOOST_TEST((read(R"(,"deadline":"10m")").deadline == 10min));
  const model::Submission at_noon = read(R"(,"deadline":"2024-10-04T09:00:00-03:00")");
  BOOST_TEST((at_noon.deadline_at.value() == text::parse_time("2024-10-04T12:00:00Z").value()));
  BOOST_TEST(!read(R"(,"deadline":"10m")").deadline_at.has_value());
  for (const char* wrong : {"soon", "2024-10-03T09:00:00Z", "10"})
    BOOST_TEST(
        refusal(std::string(",\"deadline\":\"") + wrong + "\"").starts_with("deadline: expected a duration"));
}

BOOST_AUTO_TEST_SUITE_END()
