// Who a token is.
#include <boost/test/unit_test.hpp>

#include "api/client.hpp"

using namespace postbackd;
using api::Client;

namespace
{

std::shared_ptr<Client> client_of(const std::string& name, const std::vector<std::string>& tokens)
{
  auto client = std::make_shared<Client>();
  client->name = name;
  for (const std::string& token : tokens)
    client->tokens.emplace_back(token);
  return client;
}

struct AccessFixture {
  std::string who(const std::vector<http::Field>& fields)
  {
    const http::RequestHead head{.fields = fields};
    const auto client = access.identify(head);
    return client ? client->name : "";
  }
  std::string bearer(const std::string& token) { return who({{"Authorization", token}}); }

  api::Access access{{client_of("crm", {"first", "second"}), client_of("erp", {"third"})}};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(client_access, AccessFixture)

BOOST_AUTO_TEST_CASE(each_token_of_a_client_is_the_client)
{
  BOOST_TEST(bearer("Bearer first") == "crm");
  BOOST_TEST(bearer("bearer second") == "crm");
  BOOST_TEST(bearer("BEARER third") == "erp");
}

BOOST_AUTO_TEST_CASE(all_else_is_nobody)
{
  for (const char* wrong : {"", "Bearer", "Bearer ", "Bearer firs", "Bearer first ", "Bearer first,third",
                            "Basic first", "first", "Bearerfirst"})
    BOOST_TEST(bearer(wrong) == "", wrong);
  BOOST_TEST(who({}) == "");
  BOOST_TEST(who({{"Authorization", "Bearer first"}, {"Authorization", "Bearer first"}}) == "");
}

BOOST_AUTO_TEST_CASE(whoever_may_open_the_socket_is_its_client)
{
  const api::Access local(client_of("local", {}));
  const http::RequestHead head{};
  BOOST_TEST(local.identify(head)->name == "local");
}

BOOST_AUTO_TEST_SUITE_END()
