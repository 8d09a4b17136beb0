// Who gets a token, and how long it is one.
#include <boost/test/unit_test.hpp>

#include "base/base64.hpp"
#include "fanbase/access.hpp"
#include "support/manual_clock.hpp"

using namespace postbackd;
using namespace std::chrono_literals;

namespace
{

struct FanbaseAccess {
  std::string asks(const std::string& query, const std::vector<http::Field>& fields = {})
  {
    const http::RequestHead head{.query = query, .fields = fields};
    const fanbase::Access::Client* client = access.client_of_token_request(head, head.query);
    return client ? client->id : "";
  }
  std::string basic(const std::string& pair, const std::string& query = "")
  {
    const std::string value = "Basic " + base::to_base64(pair);
    return asks(query, {{"Authorization", value}});
  }
  std::string token_for(const std::string& client)
  {
    std::string text;
    access.add(access.make(client, text));
    return text;
  }
  std::string holds(const std::string& token)
  {
    const http::RequestHead head{.fields = {{"AccessToken", token}}};
    return access.client_of(head);
  }

  test::ManualClock clock;
  fanbase::Access access{{{"app", base::Secret("s1")}, {"a b", base::Secret("s+2")}}, 3'600s, 2, clock};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(fanbase_access, FanbaseAccess)

BOOST_AUTO_TEST_CASE(a_client_is_known_by_the_query_or_by_basic)
{
  BOOST_TEST(asks("grant_type=client_credentials&client_id=app&client_secret=s1") == "app");
  BOOST_TEST(asks("grant_type=client_credentials&client_id=a+b&client_secret=s%2B2") == "a b");
  BOOST_TEST(basic("app:s1") == "app");
  BOOST_TEST(basic("app:s1", "grant_type=client_credentials") == "app");
  BOOST_TEST(basic("a+b:s%2B2") == "a b"); // RFC 6749, 2.3.1
}

BOOST_AUTO_TEST_CASE(everybody_else_is_refused)
{
  for (const char* query :
       {"", "client_id=app&client_secret=s1", "grant_type=password&client_id=app&client_secret=s1",
        "grant_type=client_credentials&client_id=app&client_secret=s+2",
        "grant_type=client_credentials&client_id=app", "grant_type=client_credentials&client_secret=s1"})
    BOOST_TEST(asks(query) == "", query);
  for (const char* pair : {"", "app", "app:", "app:s2", ":s1", "App:s1"})
    BOOST_TEST(basic(pair) == "", pair);
  BOOST_TEST(basic("app:s1", "grant_type=password") == "");
  BOOST_TEST(asks("", {{"Authorization", "Bearer app"}}) == "");
  BOOST_TEST(asks("", {{"Authorization", "Basic ???"}}) == "");
}

BOOST_AUTO_TEST_CASE(a_token_ends_at_its_time)
{
  const std::string token = token_for("app");
  BOOST_TEST(token.size() == 64U);
  BOOST_TEST(holds(token) == "app");
  BOOST_TEST(holds(token + "0") == "");
  BOOST_TEST(holds("") == "");
  clock.advance(3'599s);
  BOOST_TEST(holds(token) == "app");
  clock.advance(1s);
  BOOST_TEST(holds(token) == "");
}

BOOST_AUTO_TEST_CASE(beyond_the_limit_of_a_client_its_oldest_token_ends)
{
  const std::string others = token_for("a b");
  const std::string first = token_for("app");
  clock.advance(1s);
  const std::string second = token_for("app");
  clock.advance(1s);
  const std::string third = token_for("app");
  BOOST_TEST(holds(first) == "");
  BOOST_TEST(holds(second) == "app");
  BOOST_TEST(holds(third) == "app");
  BOOST_TEST(holds(others) == "a b");
}

BOOST_AUTO_TEST_SUITE_END()
