#include <boost/test/unit_test.hpp>

#include "http/router.hpp"

using namespace postbackd::http;

namespace
{

class Nothing final : public Endpoint
{
public:
  std::string_view refusal(const RequestHead&) const override { return {}; }
  std::uint64_t body_limit(const RequestHead&) const override { return 0; }
  boost::asio::awaitable<Response> handle(Request) override { co_return Response{}; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(router)

BOOST_AUTO_TEST_CASE(paths_match_patterns)
{
  Nothing plain;
  Nothing own;
  Router router;
  router.add("POST", "/postback", plain);
  router.add("POST", "/postback/q/{correlation}", own);
  router.add("GET", "/postback/q/{correlation}", own);

  BOOST_TEST(router.match("POST", "/postback").endpoint == &plain);
  const auto match = router.match("POST", "/postback/q/abc");
  BOOST_TEST(match.endpoint == &own);
  BOOST_TEST(match.parameters.at(0) == "abc");
  for (const char* path : {"", "/", "/postback/", "//postback", "/postback/q/", "/postback/q/a/b",
                           "/Postback", "/postbac%6b", "/postback/x/abc", "postback"}) {
    BOOST_TEST(!router.match("POST", path).endpoint, path);
    BOOST_TEST(router.match("POST", path).allow.empty(), path);
  }
  // A path that spells the pattern does not bypass its parameter.
  BOOST_TEST(router.match("POST", "/postback/q/{correlation}").parameters.at(0) == "{correlation}");
  BOOST_TEST(!router.match("GET", "/postback").endpoint);
  BOOST_TEST(router.match("GET", "/postback").allow == "POST");
  BOOST_TEST(router.match("PUT", "/postback/q/x").allow == "POST, GET, HEAD");
}

BOOST_AUTO_TEST_SUITE_END()
