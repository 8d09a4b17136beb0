#include <boost/test/unit_test.hpp>

#include "text/hooks.hpp"

using namespace postbackd;

BOOST_AUTO_TEST_SUITE(hooks)

// The documents' own examples, with values in place of the placeholders.
BOOST_AUTO_TEST_CASE(the_documented_forms_are_read)
{
  auto hooks = text::parse_hooks("web{https://hooks.example.com/postback}, postbacksecret{SUA_SECRET}");
  BOOST_REQUIRE(hooks.has_value());
  BOOST_TEST(text::find_hook(*hooks, "web") == "https://hooks.example.com/postback");
  BOOST_TEST(text::find_hook(*hooks, "postbacksecret") == "SUA_SECRET");
  hooks = text::parse_hooks("Web{http://x/}, authorizationkey{key},authorizationtoken{token}, "
                            "authorizationmethod{Basic}");
  BOOST_REQUIRE(hooks.has_value());
  BOOST_TEST(text::find_hook(*hooks, "authorizationmethod") == "Basic");
}

BOOST_AUTO_TEST_CASE(an_error_says_what_is_wrong)
{
  const std::pair<const char*, const char*> table[] = {
      {"", "web{URL} is missing"},
      {"web", "is not of the form name{value}"},
      {"web{http://x/", "is not of the form name{value}"},
      {"web{}", "web{} is empty"},
      {"web{ftp://x/}", "http:// or https://"},
      {"web{http://x/} postbacksecret{s}", "a comma is missing"},
      {"web{http://x/},", "nothing follows"},
      {"web{http://x/}, web{http://y/}", "web occurs twice"},
      {"web{http://x/}, colour{red}", "'colour' is not a known name"},
      {"web{http://x/}, authorizationkey{k}", "must be given together"},
      {"postbacksecret{s}", "web{URL} is missing"},
  };
  for (const auto& [text, why] : table) {
    const auto hooks = text::parse_hooks(text);
    BOOST_REQUIRE_MESSAGE(!hooks, text);
    BOOST_TEST(hooks.error().message.find(why) != std::string::npos, text << ": " << hooks.error().message);
  }
}

BOOST_AUTO_TEST_CASE(written_hooks_can_be_parsed_again)
{
  const std::string text = text::write_hooks(
      {{"web", "https://h.example.com:8443/a/q/0f?x=1&y=2"}, {"postbacksecret", "a-b_c.~"}});
  BOOST_TEST(text == "web{https://h.example.com:8443/a/q/0f?x=1&y=2}, postbacksecret{a-b_c.~}");
  BOOST_TEST(text::parse_hooks(text).has_value());
  for (const char* value : {"", "a}b", "a,b", "a b", "á", "a{b", "a\"b"})
    BOOST_CHECK_THROW(text::write_hooks({{"web", value}}), base::Failure);
}

BOOST_AUTO_TEST_SUITE_END()
