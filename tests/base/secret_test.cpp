#include <boost/test/unit_test.hpp>

#include <ostream>
#include <type_traits>

#include "base/secret.hpp"

using namespace postbackd::base;

namespace
{

template<class T>
concept Printable = requires(std::ostream& out, const T& value)
{
  out << value;
};

} // namespace

BOOST_AUTO_TEST_SUITE(secret)

BOOST_AUTO_TEST_CASE(a_secret_matches_its_own_text_only)
{
  const Secret secret("correct horse");
  BOOST_TEST(secret.matches("correct horse"));
  for (const char* wrong : {"", "correct hors", "correct horse ", "correct horsf", "Correct horse"})
    BOOST_TEST(!secret.matches(wrong), wrong);
}

BOOST_AUTO_TEST_CASE(a_secret_cannot_be_printed) { static_assert(!Printable<Secret>); }

// RFC 4231, test cases 2 and 6 (a key longer than a block).
BOOST_AUTO_TEST_CASE(it_signs_with_hmac_sha256)
{
  BOOST_TEST(to_hex(Secret("Jefe").sign("what do ya want for nothing?")) ==
             "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  BOOST_TEST(to_hex(hmac_sha256(std::string(131, '\xaa'),
                                "Test Using Larger Than Block-Size Key - Hash Key First")) ==
             "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

BOOST_AUTO_TEST_CASE(an_empty_key_is_a_key_too)
{
  BOOST_TEST(to_hex(hmac_sha256({}, {})) ==
             "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// FIPS 180-2, appendix B.1.
BOOST_AUTO_TEST_CASE(digests_are_sha256)
{
  BOOST_TEST(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

BOOST_AUTO_TEST_CASE(a_copy_matches_and_the_original_stays)
{
  const Secret one("one");
  Secret other("two");
  other = one;
  BOOST_TEST(other.matches("one"));
  BOOST_TEST(one.matches("one"));
}

BOOST_AUTO_TEST_SUITE_END()
