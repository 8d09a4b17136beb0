#include <boost/asio/buffer.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstring>

#include "http/request_parser.hpp"

using namespace postbackd::http;
using Step = RequestParser::Step;

namespace
{

// Feeds the bytes in pieces of one size, as a connection would, and reads one request.
class Feeder
{
public:
  Feeder(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}

  Step read_header()
  {
    return step([this] { return parser.read_header(); });
  }
  Step read_body(std::uint64_t limit)
  {
    body.clear();
    return step([this, limit] {
      const Step taken = parser.read_body(limit);
      body += parser.body();
      return taken;
    });
  }

  RequestParser parser{8 << 10};
  std::string body;

private:
  template<class Read>
  Step step(Read read)
  {
    for (;;) {
      const Step step = read();
      if (step != Step::need_more || bytes_.empty()) return step;
      const auto room = parser.room();
      const std::size_t count = std::min({bytes_.size(), piece_, room.size()});
      BOOST_REQUIRE(count > 0u);
      std::memcpy(room.data(), bytes_.data(), count);
      parser.commit(count);
      bytes_.erase(0, count);
    }
  }

  std::string bytes_;
  std::size_t piece_;
};

const std::string post = "POST /p?secret=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
const std::string chunked = "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                            "chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n";

} // namespace

BOOST_AUTO_TEST_SUITE(request_parser)

BOOST_AUTO_TEST_CASE(a_request_is_the_same_however_it_is_cut)
{
  for (const std::string& bytes : {post, chunked})
    for (std::size_t piece : {1u, 2u, 3u, 7u, 1000u}) {
      Feeder feeder(bytes, piece);
      BOOST_REQUIRE(feeder.read_header() == Step::done);
      BOOST_TEST(feeder.parser.head().method == "POST");
      BOOST_TEST(feeder.parser.head().path == "/p");
      BOOST_REQUIRE(feeder.read_body(5) == Step::done);
      BOOST_TEST(feeder.body == "hello");
      BOOST_TEST(feeder.parser.keeps_alive());
    }
}

BOOST_AUTO_TEST_CASE(pipelined_requests_follow_each_other)
{
  Feeder feeder(post + "\r\n" + chunked + post, 1000);
  for (int i = 0; i < 3; ++i) {
    feeder.parser.begin();
    BOOST_REQUIRE(feeder.read_header() == Step::done);
    BOOST_REQUIRE(feeder.read_body(5) == Step::done);
    BOOST_TEST(feeder.body == "hello");
  }
}

BOOST_AUTO_TEST_CASE(a_body_beyond_the_limit_is_refused_before_it_is_read)
{
  Feeder counted(post, 1000);
  counted.read_header();
  BOOST_TEST((counted.read_body(4) == Step::fault));
  BOOST_TEST(counted.parser.fault().status == 413u);
  Feeder in_chunks(chunked, 1000);
  in_chunks.read_header();
  BOOST_TEST((in_chunks.read_body(4) == Step::fault));
  BOOST_TEST(in_chunks.parser.fault().status == 413u);
}

BOOST_AUTO_TEST_CASE(names_compare_without_case_and_absolute_targets_have_a_path)
{
  Feeder feeder("POST http://example.com/a/b?x HTTP/1.1\r\nhOST: h\r\nPOSTBACKSECRET: s\r\n\r\n", 1000);
  BOOST_REQUIRE(feeder.read_header() == Step::done);
  BOOST_TEST(feeder.parser.head().path == "/a/b");
  BOOST_TEST(feeder.parser.head().only("Postbacksecret").value() == "s");
}

// RFC 9112, 3.2.
BOOST_AUTO_TEST_CASE(a_target_and_a_host_are_what_they_claim)
{
  struct Row {
    const char* target;
    const char* host;
    bool good;
  };
  const std::vector<Row> rows{
      {"/", "h", true},           {"/", "h.example:8080", true},
      {"/", "127.0.0.1", true},   {"/", "[::1]:80", true},
      {"/", "a-b_c~%41", true},   {"/", "h:", true},
      {"http://h/a", "h", true},  {"http://h", "", true},
      {"https://h?x", "h", true}, {"/", "", false},
      {"/", "user@h", false},     {"/", "h/a", false},
      {"/", "a,b", false},        {"/", "a b", false},
      {"/", "h:port", false},     {"/", "h:1:2", false},
      {"/", ":80", false},        {"/", "[::1", false},
      {"/", "[x]", false},        {"/", "h?a", false},
      {"http:///a", "h", false},  {"http://user@h/a", "h", false},
      {"http://", "h", false},    {"*", "h", false},
      {"a", "h", false},          {"ftp://h/a", "h", false},
      {"h:443", "h", false},
  };
  for (const Row& row : rows) {
    Feeder feeder("POST " + std::string(row.target) + " HTTP/1.1\r\nHost: " + row.host + "\r\n\r\n", 1000);
    BOOST_TEST((feeder.read_header() == (row.good ? Step::done : Step::fault)),
               row.target << " at " << row.host);
    if (!row.good) BOOST_TEST(feeder.parser.fault().status == 400u);
  }
  Feeder options("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 1000);
  BOOST_TEST((options.read_header() == Step::done));
}

BOOST_AUTO_TEST_CASE(a_line_without_a_version_is_refused_at_once)
{
  for (const char* line :
       {"GET /\r\n", "GET / \r\n\r\n", "GET\r\n", "GET /\n", "GET / HTTQ/1.1\r\n", "\r\nGET /\r\n"})
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1'000}}) {
      Feeder feeder(line, piece);
      BOOST_TEST((feeder.read_header() == Step::fault), line);
      BOOST_TEST(feeder.parser.fault().status == 400u);
    }
}

BOOST_AUTO_TEST_CASE(an_endless_header_is_refused)
{
  Feeder one("GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(100'000, 'x'), 1000);
  BOOST_TEST((one.read_header() == Step::fault));
  BOOST_TEST(one.parser.fault().status == 431u);
  std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 10'000; ++i)
    many += "A" + std::to_string(i) + ": b\r\n";
  Feeder flood(many, 1000);
  BOOST_TEST((flood.read_header() == Step::fault));
  BOOST_TEST(flood.parser.fault().status == 431u);
}

BOOST_AUTO_TEST_CASE(an_endless_trailer_or_chunk_header_is_refused)
{
  const std::string head = "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& tail : {"0\r\nA: " + std::string(100'000, 'x'), "1;" + std::string(100'000, 'x')}) {
    Feeder feeder(head + tail, 1000);
    feeder.read_header();
    BOOST_TEST((feeder.read_body(1 << 20) == Step::fault));
    BOOST_TEST(feeder.parser.fault().status == 400u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
