#include <boost/test/unit_test.hpp>

#include "intake/authenticator.hpp"
#include "model/correlation.hpp"

using namespace postbackd;
using namespace postbackd::intake;

namespace
{

using Fields = std::vector<http::Field>;

http::RequestHead head_of(const Fields& fields)
{
  http::RequestHead head;
  head.fields = fields;
  return head;
}

Authenticator authenticator()
{
  Credentials credentials;
  credentials.postbacksecrets = {base::Secret("new"), base::Secret("old")};
  credentials.authorization = {{base::Secret("crm"), base::Secret("token"), "Bearer"},
                               {base::Secret("erp"), base::Secret("dXNlcjpw"), "Basic"}};
  credentials.path = "/postback";
  credentials.query_keys = {base::Secret("key-2"), base::Secret("key-1")};
  return Authenticator(std::move(credentials));
}

const std::string correlation(32, 'c');

std::string signed_by(const char* key)
{
  return model::correlation_secret(base::Secret(key), "/postback", correlation);
}

} // namespace

BOOST_AUTO_TEST_SUITE(authentication)

BOOST_AUTO_TEST_CASE(each_of_several_credentials_is_enough)
{
  const Authenticator checked = authenticator();
  for (const Fields& fields : std::vector<Fields>{
           {{"Postbacksecret", "new"}},
           {{"POSTBACKSECRET", "old"}},
           {{"AuthorizationKey", "crm"}, {"Authorization", "Bearer token"}},
           {{"authorizationkey", "crm"}, {"authorization", "bearer  token"}},
           {{"AuthorizationKey", "erp"}, {"Authorization", "Basic dXNlcjpw"}},
           {{"Postbacksecret", "wrong"}, {"AuthorizationKey", "crm"}, {"Authorization", "Bearer token"}}})
    BOOST_TEST(checked.refusal(head_of(fields)) == "", fields.front().value);
}

BOOST_AUTO_TEST_CASE(everything_else_is_refused_with_a_reason_for_the_log)
{
  const Authenticator checked = authenticator();
  const std::vector<std::pair<Fields, const char*>> table{
      {{}, "no credentials"},
      {{{"Postbacksecret", ""}}, "wrong Postbacksecret"},
      {{{"Postbacksecret", "NEW"}}, "wrong Postbacksecret"},
      {{{"Postbacksecret", "new"}, {"Postbacksecret", "new"}}, "a credential occurs twice"},
      {{{"Authorization", "Bearer token"}}, "Authorization without AuthorizationKey"},
      {{{"AuthorizationKey", "crm"}}, "no credentials"},
      {{{"AuthorizationKey", "crm"}, {"Authorization", "Basic token"}},
       "wrong AuthorizationKey or Authorization"},
      {{{"AuthorizationKey", "crm"}, {"Authorization", "Bearer dXNlcjpw"}},
       "wrong AuthorizationKey or Authorization"},
      {{{"AuthorizationKey", "erp"}, {"Authorization", "Bearer token"}},
       "wrong AuthorizationKey or Authorization"},
      {{{"AuthorizationKey", "crm"}, {"Authorization", "Bearertoken"}},
       "wrong AuthorizationKey or Authorization"},
      {{{"AuthorizationKey", "crm"}, {"Authorization", ""}}, "wrong AuthorizationKey or Authorization"},
      {{{"Postbacksecret", signed_by("key-1")}}, "wrong Postbacksecret"},
  };
  for (const auto& [fields, reason] : table)
    BOOST_TEST(checked.refusal(head_of(fields)) == reason);
}

BOOST_AUTO_TEST_CASE(a_correlation_may_also_present_its_secret_as_authorization)
{
  const Authenticator checked = authenticator();
  const auto refusal = [&](const std::string& key, const std::string& authorization) {
    return checked.refusal_for_correlation(
        head_of({{"AuthorizationKey", key}, {"Authorization", authorization}}), correlation);
  };
  BOOST_TEST(refusal(correlation, "Bearer " + signed_by("key-1")) == "");
  BOOST_TEST(refusal(correlation, "Bearer " + signed_by("key-0")) != "");
  BOOST_TEST(refusal("crm", "Bearer " + signed_by("key-1")) != "");
  BOOST_TEST(refusal("crm", "Bearer token") != ""); // the route's own credentials
}

BOOST_AUTO_TEST_CASE(the_secret_of_a_query_is_of_one_route)
{
  const Authenticator other({.path = "/other", .query_keys = {base::Secret("key-1")}});
  BOOST_TEST(other.refusal_for_correlation(head_of({{"Postbacksecret", signed_by("key-1")}}), correlation) !=
             "");
  const std::string own = model::correlation_secret(base::Secret("key-1"), "/other", correlation);
  BOOST_TEST(other.refusal_for_correlation(head_of({{"Postbacksecret", own}}), correlation) == "");
}

BOOST_AUTO_TEST_CASE(an_open_route_keeps_the_secrets_of_its_queries)
{
  const Authenticator open({.open = true, .path = "/postback", .query_keys = {base::Secret("key-1")}});
  BOOST_TEST(open.refusal(head_of({})) == "");
  BOOST_TEST(open.refusal_for_correlation(head_of({}), correlation) != "");
}

BOOST_AUTO_TEST_CASE(a_correlation_has_its_own_secret_under_every_valid_key)
{
  const Authenticator checked = authenticator();
  for (const char* key : {"key-1", "key-2"})
    BOOST_TEST(checked.refusal_for_correlation(head_of({{"Postbacksecret", signed_by(key)}}), correlation) ==
                   "",
               key);
  const std::string other(32, 'd');
  BOOST_TEST(checked.refusal_for_correlation(head_of({{"Postbacksecret", signed_by("key-1")}}), other) != "");
  BOOST_TEST(
      checked.refusal_for_correlation(head_of({{"Postbacksecret", signed_by("key-0")}}), correlation) != "");
  BOOST_TEST(checked.refusal_for_correlation(head_of({{"Postbacksecret", "new"}}), correlation) != "");
  BOOST_TEST(checked.refusal_for_correlation(head_of({}), correlation).starts_with("no Postbacksecret"));
  // A correctly signed text that is not a correlation.
  const std::string forged = "short";
  const std::string secret = model::correlation_secret(base::Secret("key-1"), "/postback", forged);
  BOOST_TEST(checked.refusal_for_correlation(head_of({{"Postbacksecret", secret}}), forged) ==
             "not a valid correlation");
}

BOOST_AUTO_TEST_SUITE_END()
