#include <boost/test/unit_test.hpp>

#include "model/correlation.hpp"

using namespace postbackd;

BOOST_AUTO_TEST_SUITE(correlation)

BOOST_AUTO_TEST_CASE(hooks_carry_the_url_and_the_secret_of_one_query)
{
  const base::Secret key("key");
  const std::string correlation(32, 'a');
  // The HMAC was computed with `openssl dgst -sha256 -hmac key`.
  BOOST_TEST(model::correlation_hooks("https://h.example", "/postback", key, correlation) ==
             "web{https://h.example/postback/q/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}, "
             "postbacksecret{43ef8703f300f102f8300e9b87c0fb81f412019ab6fca4ba5ae949065f2481b7}");
}

BOOST_AUTO_TEST_CASE(a_correlation_is_32_hexadecimal_digits_and_never_the_same)
{
  const std::string one = model::new_correlation();
  BOOST_TEST(model::is_correlation(one));
  BOOST_TEST(one != model::new_correlation());
  for (const std::string bad :
       {"", "abc", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "gggggggggggggggggggggggggggggggg"})
    BOOST_TEST(!model::is_correlation(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()
