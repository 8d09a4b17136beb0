// Framings that smuggle, flood or confuse: never a 2xx, never a row, never a crash, no descriptor left open.
#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "support/daemon.hpp"

using namespace postbackd::test;
using namespace std::string_literals;

namespace
{

struct Attack {
  const char* name;
  std::string bytes;
};

const std::string good = "POST /postback HTTP/1.1\r\nHost: h\r\nPostbacksecret: test-secret\r\n";
const std::string no_host = "POST /postback HTTP/1.1\r\nPostbacksecret: test-secret\r\n";

std::string fields(int count)
{
  std::string text;
  for (int i = 0; i < count; ++i)
    text += "X-" + std::to_string(i) + ": y\r\n";
  return text;
}

std::vector<Attack> attacks()
{
  return {
      {"Content-Length with Transfer-Encoding",
       good + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"Transfer-Encoding with Content-Length",
       good + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n"},
      {"two Content-Lengths that differ", good + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} "},
      {"two that agree", good + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"},
      {"a list of Content-Lengths", good + "Content-Length: 2, 2\r\n\r\n{}"},
      {"a Content-Length beyond 64 bits", good + "Content-Length: 99999999999999999999\r\n\r\n{}"},
      {"a Content-Length just beyond 64 bits", good + "Content-Length: 18446744073709551616\r\n\r\n{}"},
      {"the largest Content-Length", good + "Content-Length: 18446744073709551615\r\n\r\n{}"},
      {"a negative Content-Length", good + "Content-Length: -1\r\n\r\n{}"},
      {"a signed Content-Length", good + "Content-Length: +2\r\n\r\n{}"},
      {"a hexadecimal Content-Length", good + "Content-Length: 0x2\r\n\r\n{}"},
      {"an empty Content-Length", good + "Content-Length: \r\n\r\n{}"},
      {"a chunk size that overflows",
       good + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n"},
      {"a chunk beyond the body limit", good + "Transfer-Encoding: chunked\r\n\r\n7FFFFFFF\r\n{}"},
      {"a chunk size that is none", good + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"},
      {"a negative chunk size", good + "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n"},
      {"a chunk without its end", good + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n"},
      {"an endless chunk extension",
       good + "Transfer-Encoding: chunked\r\n\r\n2;" + std::string(200'000, 'x')},
      {"an endless trailer",
       good + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nA: " + std::string(200'000, 'x')},
      {"trailers without number",
       good + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" + fields(20'000)},
      {"a malformed trailer", good + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nA B: c\r\n\r\n"},
      {"chunked twice", good + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"},
      {"two Transfer-Encodings",
       good + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"gzip as transfer coding", good + "Transfer-Encoding: gzip\r\n\r\n{}"},
      {"gzip, chunked", good + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      {"chunked, identity", good + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"},
      {"an odd chunked", good + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
      {"chunked in HTTP/1.0", "POST /postback HTTP/1.0\r\nPostbacksecret: test-secret\r\nTransfer-Encoding: "
                              "chunked\r\n\r\n0\r\n\r\n"},
      {"no Host", no_host + "Content-Length: 2\r\n\r\n{}"},
      {"two Hosts", good + "Host: other\r\nContent-Length: 2\r\n\r\n{}"},
      {"a space before the colon",
       "POST /postback HTTP/1.1\r\nHost: h\r\nPostbacksecret : test-secret\r\nContent-Length: 2\r\n\r\n{}"},
      {"a space before the first field",
       "POST /postback HTTP/1.1\r\n Host: h\r\nPostbacksecret: test-secret\r\n\r\n"},
      {"a space in a name", good + "Content Length: 2\r\n\r\n{}"},
      {"a field of two lines", good + "X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}"},
      {"a folded coding", good + "Transfer-Encoding:\r\n chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"},
      {"a field folded with a tab", good + "X: a\r\n\tb\r\nContent-Length: 2\r\n\r\n{}"},
      {"a field without a colon", good + "Content-Length\r\n\r\n{}"},
      {"a field without a name", good + ": 2\r\n\r\n{}"},
      {"a NUL in a field", good + "X: a\0b\r\nContent-Length: 2\r\n\r\n{}"s},
      {"a bare CR in a field", good + "X: a\rb\r\nContent-Length: 2\r\n\r\n{}"},
      {"bare LF line ends",
       "POST /postback HTTP/1.1\nHost: h\nPostbacksecret: test-secret\nContent-Length: 2\n\n{}"},
      {"a bare LF inside", good + "X: y\nContent-Length: 2\r\n\r\n{}"},
      {"a header flood", good + fields(100'000)},
      {"one endless field", good + "X: " + std::string(1'000'000, 'x')},
      {"an endless target", "POST /" + std::string(1'000'000, 'x')},
      {"an endless method", std::string(1'000'000, 'P')},
      {"HTTP/2.0",
       "POST /postback HTTP/2.0\r\nHost: h\r\nPostbacksecret: test-secret\r\nContent-Length: 2\r\n\r\n{}"},
      {"HTTP/0.9", "POST /postback\r\n"},
      {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"TLS on the plain port",
       std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(500, '\x5a')},
      {"nothing but zeros", std::string(10'000, '\0')},
      {"a space in the target", "POST /post back HTTP/1.1\r\nHost: h\r\nPostbacksecret: test-secret\r\n\r\n"},
      {"CONNECT", "CONNECT /postback HTTP/1.1\r\nHost: h\r\nPostbacksecret: test-secret\r\n\r\n"},
      {"a doubled secret", good + "Postbacksecret: test-secret\r\nContent-Length: 2\r\n\r\n{}"},
      {"a body shorter than announced", good + "Content-Length: 10\r\n\r\n{}"},
  };
}

} // namespace

BOOST_AUTO_TEST_SUITE(hostile)

BOOST_AUTO_TEST_CASE(no_framing_gets_a_2xx_or_a_row)
{
  Daemon daemon({.limits = "header_timeout = \"300ms\"\nbody_timeout = \"300ms\"\nidle_timeout = "
                           "\"300ms\"\nbody = \"1MiB\"\n"});
  BOOST_TEST(daemon.post("{}").status == 200);
  const std::size_t descriptors = daemon.descriptors_at_rest();
  const auto table = attacks();
  BOOST_TEST(table.size() >= 25u);
  for (const Attack& attack : table) {
    RawConnection connection(daemon.port());
    connection.send(attack.bytes);
    const std::string answer = connection.read_all();
    // 500 would be a failure of ours.
    BOOST_TEST((answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 501") ||
                answer.starts_with("HTTP/1.1 505")),
               attack.name << ": " << answer);
    BOOST_TEST(daemon.is_running(), attack.name);
  }
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_postbacks") == "1");
  BOOST_TEST(eventually([&] { return daemon.open_descriptors() <= descriptors; }));
  BOOST_TEST(daemon.post(R"({"QueryId":"after"})").status == 200);
  BOOST_TEST(daemon.stop() == 0);
}

// Bytes after a refused request on the same connection are never read as a request.
BOOST_AUTO_TEST_CASE(nothing_is_smuggled_after_a_refused_request)
{
  Daemon daemon;
  const std::string smuggled = to_bytes({.body = R"({"QueryId":"smuggled"})"});
  for (const Attack& attack : attacks()) {
    if (attack.bytes.size() > 10'000) continue;
    RawConnection connection(daemon.port());
    connection.send(attack.bytes + smuggled);
    connection.shutdown_send();
    connection.read_all();
  }
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_postbacks WHERE query_id = 'smuggled'") == "0");
}

BOOST_AUTO_TEST_SUITE_END()
