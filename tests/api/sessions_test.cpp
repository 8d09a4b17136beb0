// Whoever has logged in to the page, and what a browser of another site cannot send.
#include <boost/test/unit_test.hpp>

#include "api/client.hpp"

using namespace postbackd;
using namespace std::chrono_literals;
using api::Sessions;

namespace
{

http::RequestHead head_of(const std::vector<http::Field>& fields, std::string_view method = "GET")
{
  return {.method = method, .fields = fields};
}

struct SessionsFixture {
  Sessions::Clock::time_point now = Sessions::Clock::now();
  Sessions sessions;
  std::string text; // of a field

  bool is_open(const std::string& secret, Sessions::Clock::duration after = 0s)
  {
    text = "a=b; postbackd=" + secret;
    return sessions.find(head_of({{"Cookie", text}}), now + after).has_value();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sessions, SessionsFixture)

BOOST_AUTO_TEST_CASE(a_session_is_its_secret_until_it_ends)
{
  const std::string secret = sessions.open({}, now);
  BOOST_TEST(secret.size() == 64u);
  BOOST_TEST(is_open(secret));
  BOOST_TEST(is_open(secret, 11h));
  BOOST_TEST(!is_open(secret, 12h));
  BOOST_TEST(!is_open(secret + "0"));
  BOOST_TEST(!is_open(""));
  text = "postbackd=" + secret;
  sessions.close(head_of({{"Cookie", text}}));
  BOOST_TEST(!is_open(secret));
}

BOOST_AUTO_TEST_CASE(so_many_sessions_of_a_token_that_a_new_one_ends_its_oldest_and_no_others)
{
  Sessions::Session of_token;
  of_token.token = base::sha256("first");
  const std::string other = sessions.open({}, now);
  const std::string first = sessions.open(of_token, now);
  const std::string second = sessions.open(of_token, now + 1s);
  text = "postbackd=" + first;
  const auto found = sessions.find(head_of({{"Cookie", text}}), now);
  for (std::size_t i = 2; i < Sessions::most_of_one; ++i)
    sessions.open(of_token, now + 2s);
  BOOST_TEST(is_open(first));
  BOOST_TEST(!found->is_over(now));
  sessions.open(of_token, now + 3s);
  BOOST_TEST(!is_open(first));
  BOOST_TEST(found->is_over(now)); // also for who streams
  BOOST_TEST(is_open(second));
  BOOST_TEST(is_open(other));
}

BOOST_AUTO_TEST_CASE(with_tls_a_cookie_that_another_host_can_set_is_none)
{
  Sessions secure(true);
  const std::string secret = secure.open({}, now);
  text = "postbackd=" + secret;
  BOOST_TEST(!secure.find(head_of({{"Cookie", text}}), now));
  text = "__Host-postbackd=" + secret;
  BOOST_TEST(secure.find(head_of({{"Cookie", text}}), now).has_value());
}

BOOST_AUTO_TEST_CASE(a_code_is_good_once_and_for_a_minute)
{
  const std::string code = sessions.make_code(false, now);
  BOOST_TEST(!sessions.take_code("", now));
  BOOST_TEST(!sessions.take_code(code.substr(1), now));
  const auto session = sessions.take_code(code, now + 59s);
  BOOST_REQUIRE(session.has_value());
  BOOST_TEST(!session->may_act);
  BOOST_TEST(!session->token);
  BOOST_TEST(!sessions.take_code(code, now + 59s));
  const std::string old = sessions.make_code(true, now);
  BOOST_TEST(!sessions.take_code(old, now + 60s));
}

BOOST_AUTO_TEST_CASE(a_cookie_is_found_among_others_by_its_whole_name)
{
  const auto value = [](const std::vector<std::string>& cookies) {
    std::vector<http::Field> fields;
    for (const std::string& cookie : cookies)
      fields.push_back({"cookie", cookie});
    return std::string(api::cookie_of(head_of(fields), "postbackd"));
  };
  BOOST_TEST(value({"postbackd=1"}) == "1");
  BOOST_TEST(value({"a=2;  postbackd=1; b=3"}) == "1");
  BOOST_TEST(value({"a=2", "postbackd=1"}) == "1");
  BOOST_TEST(value({"xpostbackd=2; postbackd2=3; a=postbackd=4"}) == "");
  BOOST_TEST(value({"postbackd", ";", "", "; ; "}) == "");
}

BOOST_AUTO_TEST_CASE(only_a_page_of_the_same_host_changes_something)
{
  const auto ours = [](const std::vector<http::Field>& fields) {
    return api::is_from_our_page(head_of(fields));
  };
  BOOST_TEST(ours({{"Host", "box:8095"}, {"Origin", "http://box:8095"}, {"Postbackd-Page", "1"}}));
  BOOST_TEST(ours({{"Host", "box"}, {"Origin", "https://BOX"}, {"Postbackd-Page", "1"}}));
  for (const std::string origin :
       {"http://box", "http://box:80950", "http://evil", "null", "", "box:8095", "http://box:8095/"})
    BOOST_TEST(!ours({{"Host", "box:8095"}, {"Origin", origin}, {"Postbackd-Page", "1"}}), origin);
  BOOST_TEST(!ours({{"Host", "box:8095"}, {"Postbackd-Page", "1"}}));
  BOOST_TEST(!ours({{"Host", "box:8095"}, {"Origin", "http://box:8095"}}));
  BOOST_TEST(!ours({{"Host", "box:8095"},
                    {"Origin", "http://box:8095"},
                    {"Origin", "http://evil"},
                    {"Postbackd-Page", "1"}}));
}

BOOST_AUTO_TEST_CASE(a_session_is_its_client_as_long_as_that_has_the_token)
{
  const auto client = std::make_shared<api::Client>();
  client->name = "crm";
  client->tokens.emplace_back("first");
  const auto local = std::make_shared<api::Client>();
  local->name = "local";
  const auto all = std::make_shared<Sessions>();
  Sessions::Session of_token;
  of_token.token = base::sha256("first");
  const api::Access access({client}, {all, local});
  const api::Access without({}, {all, local});
  const auto who = [&](const api::Access& now_valid, const std::string& secret,
                       std::vector<http::Field> more = {}, std::string_view method = "GET") {
    text = "postbackd=" + secret;
    more.push_back({"Cookie", text});
    const auto found = now_valid.identify(head_of(more, method));
    return found ? found->name : "";
  };
  const std::string secret = all->open(of_token, now);
  const std::string of_local = all->open({}, now);
  BOOST_TEST(who(access, secret) == "crm");
  BOOST_TEST(who(without, secret) == "");
  BOOST_TEST(who(without, of_local) == "local");
  BOOST_TEST(who(access, secret, {}, "POST") == "");
  BOOST_TEST(who(access, secret, {{"Host", "box"}, {"Origin", "http://box"}, {"Postbackd-Page", "1"}},
                 "POST") == "crm");
  BOOST_TEST(who(access, secret, {{"Authorization", "Bearer wrong"}}) == ""); // no second way in
  BOOST_TEST(who(api::Access(std::vector{client}), secret) == "");            // without a page
}

BOOST_AUTO_TEST_SUITE_END()
