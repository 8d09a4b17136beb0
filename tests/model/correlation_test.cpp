#include <boost/test/unit_test.hpp>

#include "model/correlation.hpp"

using namespace postbackd;

BOOST_AUTO_TEST_SUITE(correlation)

BOOST_AUTO_TEST_CASE(hooks_carry_the_url_and_the_secret_of_one_query)
{
  const base::Secret key("key");
  const std::string correlation(32, 'a');
  // The HMAC was computed with `openssl dgst -sha256 -hmac key`.
  BOOST_TEST(model::correlation_hooks("https://h.example/postback", key, correlation) ==
             "web{https://h.example/postback/q/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}, "
             "postbacksecret{5d9a98c0addaf09ecffe2708b4d26853409aa8eea980c2709e0b3f3afd55931a}");
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
