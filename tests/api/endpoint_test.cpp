// What a client may have at the same time, before and after a reload.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include "api/endpoint.hpp"

using namespace postbackd;
using namespace postbackd::api;

namespace
{

boost::asio::awaitable<http::Response> answer_40_kilobytes(http::Request, Client&)
{
  co_return http::json_response(std::string(40'000, 'x'));
}

struct EndpointFixture {
  EndpointFixture()
  {
    client->scopes = {Scope::reading};
    head.method = "GET";
  }

  http::Response ask()
  {
    io.restart();
    http::Request request{head, {}, {}};
    auto future = boost::asio::co_spawn(io, endpoint.handle(std::move(request)), boost::asio::use_future);
    io.run();
    return future.get();
  }

  boost::asio::io_context io;
  http::RequestHead head;
  std::shared_ptr<Client> client = std::make_shared<Client>();
  std::shared_ptr<const Access> access = std::make_shared<const Access>(client);
  ApiEndpoint endpoint{access, Scope::reading, answer_40_kilobytes};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(endpoint, EndpointFixture)

BOOST_AUTO_TEST_CASE(answers_that_are_not_taken_count_until_they_are)
{
  client->unsent = Quota(100'000);
  auto first = std::make_unique<http::Response>(ask());
  const http::Response second = ask();
  BOOST_TEST(first->status == 200u);
  BOOST_TEST(second.status == 200u);
  BOOST_TEST(ask().status == 429u);
  head.method = "POST"; // it has had its effect
  BOOST_TEST(ask().status == 200u);
  head.method = "GET";
  first.reset();
  BOOST_TEST(ask().status == 200u);
  client->unsent = Quota(10); // the first one is always given
  BOOST_TEST(ask().status == 200u);
}

BOOST_AUTO_TEST_CASE(requests_in_progress_count_from_their_header_on)
{
  client->connections = Quota(2);
  std::shared_ptr<void> first;
  std::shared_ptr<void> second;
  std::shared_ptr<void> third;
  BOOST_TEST(!endpoint.admit(head, first));
  BOOST_TEST(!endpoint.admit(head, second));
  BOOST_TEST(endpoint.admit(head, third)->status == 429u);
  // A reload changes nothing of what is taken.
  const auto again = std::make_shared<Client>();
  again->connections = Quota(2);
  Access after(std::vector<std::shared_ptr<Client>>{again});
  after.succeed(*access);
  BOOST_TEST(!again->connections.take());
  first.reset();
  BOOST_TEST(!!again->connections.take());
}

BOOST_AUTO_TEST_CASE(a_day_has_its_rows)
{
  DailyQuota rows(2);
  BOOST_TEST(rows.take(1));
  BOOST_TEST(rows.take(1));
  BOOST_TEST(!rows.take(1));
  rows.give_back();
  BOOST_TEST(rows.take(1));
  BOOST_TEST(rows.take(2));
  rows.give_back();
  rows.give_back();
  BOOST_TEST(rows.take(2));
}

BOOST_AUTO_TEST_SUITE_END()
