// The cases of the W3C's own tests of Trace Context, level 1.
#include <boost/test/unit_test.hpp>

#include "model/trace_context.hpp"

using namespace postbackd;

namespace
{

const std::string parent = "00-12345678901234567890123456789012-1234567890123456-01";

std::string parent_of(const std::string& field) { return model::read_trace(field, "").parent; }
std::string state_of(const std::string& field) { return model::read_trace(parent, field).state; }
std::string times(const std::string& text, int count)
{
  std::string result;
  while (count-- > 0)
    result += text;
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(trace_context)

BOOST_AUTO_TEST_CASE(a_valid_parent_is_kept)
{
  BOOST_TEST(parent_of(parent) == parent);
  BOOST_TEST(parent_of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00").ends_with("-00"));
  // A later version is read as this one; of its flags one is known.
  for (const char* later :
       {"cc-12345678901234567890123456789012-1234567890123456-01",
        "cc-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like",
        "01-12345678901234567890123456789012-1234567890123456-ff"})
    BOOST_TEST(parent_of(later) == parent, later);
}

BOOST_AUTO_TEST_CASE(a_parent_that_is_not_valid_is_none)
{
  for (const char* wrong :
       {"",
        "00",
        "00-12345678901234567890123456789012-1234567890123456-01.",
        "00-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like",
        "cc-12345678901234567890123456789012-1234567890123456-01.what-the-future-will-be-like",
        "ff-12345678901234567890123456789012-1234567890123456-01",
        ".0-12345678901234567890123456789012-1234567890123456-01",
        "0.-12345678901234567890123456789012-1234567890123456-01",
        "000-12345678901234567890123456789012-1234567890123456-01",
        "0-12345678901234567890123456789012-1234567890123456-01",
        "00-00000000000000000000000000000000-1234567890123456-01",
        "00-.2345678901234567890123456789012-1234567890123456-01",
        "00-1234567890123456789012345678901.-1234567890123456-01",
        "00-123456789012345678901234567890123-1234567890123456-01",
        "00-1234567890123456789012345678901-1234567890123456-01",
        "00-ABCDEF78901234567890123456789012-1234567890123456-01",
        "00-12345678901234567890123456789012-0000000000000000-01",
        "00-12345678901234567890123456789012-.234567890123456-01",
        "00-12345678901234567890123456789012-123456789012345.-01",
        "00-12345678901234567890123456789012-12345678901234567-01",
        "00-12345678901234567890123456789012-123456789012345-01",
        "00-12345678901234567890123456789012-1234567890123456-.0",
        "00-12345678901234567890123456789012-1234567890123456-0.",
        "00-12345678901234567890123456789012-1234567890123456-001",
        "00-12345678901234567890123456789012-1234567890123456-1"}) {
    BOOST_TEST(parent_of(wrong) == "", wrong);
    BOOST_TEST(model::read_trace(wrong, "foo=1").state == "", wrong);
  }
}

BOOST_AUTO_TEST_CASE(a_valid_state_is_kept)
{
  BOOST_TEST(state_of("foo=1,bar=2") == "foo=1,bar=2");
  BOOST_TEST(state_of("foo=1 \t , \t bar=2, \t baz=3") == "foo=1,bar=2,baz=3");
  BOOST_TEST(state_of(",foo=1,,bar=2,") == "foo=1,bar=2");
  BOOST_TEST(state_of("") == "");
  const std::string key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
  std::string value;
  for (char c = ' '; c <= '~'; ++c)
    if (c != ',' && c != '=') value += c;
  for (const std::string& member :
       {key + "=" + value, "a" + key + "@a-z0-9_-*/=1", times("z", 241) + "@" + times("v", 14) + "=1",
        times("z", 256) + "=1", std::string("0tenant@system=1")})
    BOOST_TEST(state_of(member) == member);
  BOOST_TEST(state_of(times("b=1,", 31) + "c=1").ends_with("c=1"));
}

BOOST_AUTO_TEST_CASE(a_state_with_a_wrong_member_is_none)
{
  for (const std::string& wrong :
       {std::string("foo"), std::string("foo =1"), std::string("FOO=1"), std::string("foo.bar=1"),
        std::string("foo@=1,bar=2"), std::string("@foo=1,bar=2"), std::string("foo@@bar=1"),
        std::string("foo@bar@baz=1"), std::string("foo=1=2"), std::string("foo=\x01"), std::string("foo="),
        std::string("0foo=1"), times("z", 257) + "=1", times("t", 242) + "@v=1", "t@" + times("v", 15) + "=1",
        "a=" + times("x", 257), times("b=1,", 32) + "c=1"})
    BOOST_TEST(state_of("good=1," + wrong) == "", wrong);
}

// 3.3.1.5
BOOST_AUTO_TEST_CASE(of_a_long_state_whole_members_are_kept)
{
  const std::string member = "a=" + times("x", 198);
  BOOST_TEST(state_of(member + "," + member + "," + member + ",b=1") == member + "," + member);
}

BOOST_AUTO_TEST_CASE(a_text_has_both)
{
  const model::TraceContext both = model::read_trace(parent, "foo=1,bar=a b");
  BOOST_TEST(both.text() == parent + " foo=1,bar=a b");
  BOOST_TEST(model::TraceContext::of_text(both.text()).parent == parent);
  BOOST_TEST(model::TraceContext::of_text(both.text()).state == "foo=1,bar=a b");
  BOOST_TEST(model::TraceContext::of_text(parent).state == "");
  BOOST_TEST(model::TraceContext::of_text("").parent == "");
  BOOST_TEST(model::trace_id_of(both.text()).value() == "12345678901234567890123456789012");
  BOOST_TEST(!model::trace_id_of(""));
}

BOOST_AUTO_TEST_SUITE_END()
