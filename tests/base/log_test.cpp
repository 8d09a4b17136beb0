#include <boost/test/unit_test.hpp>
#include <climits>

#include <fcntl.h>
#include <unistd.h>

#include "base/log.hpp"
#include "base/plain_text.hpp"

using namespace postbackd::base;

namespace
{

// Standard error as a pipe that is read only by read_all().
class OneReader
{
public:
  OneReader() : saved_(::dup(STDERR_FILENO))
  {
    int ends[2];
    BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    read_ = ends[0];
  }
  ~OneReader()
  {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
    ::close(read_);
  }
  OneReader(const OneReader&) = delete;
  OneReader& operator=(const OneReader&) = delete;

  std::string read_all() const
  {
    std::string text;
    char piece[4096];
    for (ssize_t count = ::read(read_, piece, sizeof piece); count > 0;
         count = ::read(read_, piece, sizeof piece))
      text.append(piece, static_cast<std::size_t>(count));
    return text;
  }

private:
  int saved_;
  int read_ = -1;
};

} // namespace

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_AUTO_TEST_CASE(an_event_is_one_line_of_keys_and_values)
{
  BOOST_TEST(log::format("listening", {{"address", "::1"}, {"port", 8080}}) ==
             "event=listening address=::1 port=8080");
}

BOOST_AUTO_TEST_CASE(a_value_with_spaces_quotes_or_line_ends_cannot_forge_a_line)
{
  BOOST_TEST(log::format("e", {{"why", "a \"b\"\n\x01"}}) == R"(event=e why="a \"b\"\x0a\x01")");
  BOOST_TEST(log::format("e", {{"why", ""}}) == R"(event=e why="")");
  BOOST_TEST(log::format("e", {{"why", "a=b"}}) == R"(event=e why="a=b")");
}

BOOST_AUTO_TEST_CASE(a_value_steers_no_terminal_and_is_utf8)
{
  BOOST_TEST(log::format("e", {{"path", "/a\xc2\x9b\x31m\xe2\x80\xae/\x9b"}}) ==
             "event=e path=\"/a\\x9b1m\\u{202e}/\xef\xbf\xbd\"");
  BOOST_TEST(log::format("e", {{"path", "/ação"}}) == "event=e path=\"/ação\"");
}

BOOST_AUTO_TEST_CASE(as_json_a_line_is_an_object)
{
  BOOST_TEST(log::format_json(log::Level::warning, "e", {{"why", "a \"b\"\n\\"}, {"count", -3}}, "T") ==
             R"({"time":"T","level":"warning","event":"e","why":"a \"b\"\\x0a\\","count":-3})");
  BOOST_TEST(log::format_json(log::Level::info, "e", {{"a", "\xff"}, log::Field::if_known("b", std::nullopt)},
                              "T") ==
             "{\"time\":\"T\",\"level\":\"info\",\"event\":\"e\",\"a\":\"\xef\xbf\xbd\"}");
}

BOOST_AUTO_TEST_CASE(a_json_line_is_whole_however_long_its_values_are)
{
  for (const char* piece : {"\"", "\x01", "\xc2\x9b", "é", "x"}) {
    std::string value;
    while (value.size() < 512)
      value += piece;
    const std::string line = log::format_json(log::Level::info, "e",
                                              {{"a", value},
                                               {"b", value},
                                               {"c", value},
                                               {"d", value},
                                               {"e", value},
                                               {"f", value},
                                               {"g", value},
                                               {"h", value},
                                               {"count", 1}},
                                              "T");
    BOOST_TEST(line.size() < std::size_t{PIPE_BUF});
    BOOST_TEST(line.ends_with(R"(","count":1})"), line);
    BOOST_TEST(as_utf8(line) == line);
  }
}

BOOST_AUTO_TEST_CASE(a_log_that_nobody_reads_makes_nobody_wait)
{
  const OneReader pipe;
  for (int i = 0; i < 5'000; ++i) // 64 KiB hold 600 of them
    log::error("event_that_nobody_reads", {{"number", i}, {"why", std::string(80, 'x')}});
  BOOST_TEST(pipe.read_all().find("number=0 ") != std::string::npos);
  log::error("read_again", {});
  const std::string rest = pipe.read_all();
  BOOST_TEST(rest.find("event=log_lines_dropped count=") != std::string::npos);
  BOOST_TEST(rest.find("event=read_again") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_long_value_is_cut)
{
  BOOST_TEST(log::format("e", {{"why", std::string(100'000, 'x')}}).size() < 600u);
}

BOOST_AUTO_TEST_SUITE_END()
