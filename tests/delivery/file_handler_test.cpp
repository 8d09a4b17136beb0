#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <thread>

#include "delivery/file_handler.hpp"
#include "support/machine.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"
#include "text/json.hpp"

using namespace postbackd;
using namespace postbackd::test;
using Kind = delivery::Outcome::Kind;

namespace
{

delivery::HandlerOptions options_of(const std::filesystem::path& path)
{
  delivery::HandlerOptions options{.name = "log", .kind = "file"};
  options.settings["path"] = {path.string()};
  return options;
}

delivery::Delivery result_of(const std::string& query_id, const std::string& document)
{
  return {.event = "result",
          .id = "0123",
          .query_id = query_id,
          .label = "a \"label\"",
          .metadata = R"({"order":1})",
          .status = "ok",
          .receipt = 245034160128004,
          .document = document,
          .idempotency_key = "k-" + query_id};
}

} // namespace

BOOST_AUTO_TEST_SUITE(file_handler)

BOOST_AUTO_TEST_CASE(each_result_is_one_line_of_json)
{
  TemporaryDirectory directory;
  const auto handler = delivery::make_file_handler(options_of(directory / "results"));
  BOOST_TEST((handler->handle(result_of("q-1", "{\r\n  \"a\" : [1,\n2]\n}\n"), {}).kind == Kind::done));
  const std::string line = read_file(directory / "results");
  BOOST_TEST(
      line ==
      R"({"event":"result","id":"0123","query_id":"q-1","label":"a \"label\"","key":"","metadata":{"order":1},"group":"","api":"","datasets":"","status":"ok","route":"",)"
      R"("receipt":245034160128004,"idempotency_key":"k-q-1","attempt":1,"replay":false,"document":{    "a" : [1, 2] } })"
      "\n");
  text::JsonVisitor nobody;
  BOOST_TEST(text::scan_json(line, nobody).has_value());
}

BOOST_AUTO_TEST_CASE(lines_do_not_mix_and_a_renamed_file_is_created_again)
{
  TemporaryDirectory directory;
  // Two handlers with one file, as two processes would be.
  const auto handler = delivery::make_file_handler(options_of(directory / "results"));
  const auto other = delivery::make_file_handler(options_of(directory / "results"));
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&, i] {
        for (int j = 0; j < 20; ++j)
          (i % 2 == 0 ? handler : other)
              ->handle(result_of(std::to_string(i * 20 + j), "[\"" + std::string(100'000, 'x') + "\"]"), {});
      });
  }
  std::ifstream file(directory / "results");
  int lines = 0;
  text::JsonVisitor nobody;
  for (std::string line; std::getline(file, line); ++lines)
    BOOST_REQUIRE(text::scan_json(line, nobody).has_value());
  BOOST_TEST(lines == 160);
  std::filesystem::rename(directory / "results", directory / "results.1");
  BOOST_TEST((handler->handle(result_of("next", "{}"), {}).kind == Kind::done));
  BOOST_TEST(read_file(directory / "results").find("k-next") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(half_a_line_left_by_a_crash_does_not_spoil_the_next)
{
  TemporaryDirectory directory;
  const auto handler = delivery::make_file_handler(options_of(directory / "results"));
  directory.write("results", R"({"event":"resu)");
  BOOST_TEST((handler->handle(result_of("q-1", "{}"), {}).kind == Kind::done));
  BOOST_TEST(read_file(directory / "results").starts_with("{\"event\":\"resu\n{\"event\":\"result\","));
}

BOOST_AUTO_TEST_CASE(a_line_that_does_not_fit_on_the_disk_is_removed,
                     *boost::unit_test::precondition(can_mount))
{
  const SmallDisk disk("1m");
  const auto handler = delivery::make_file_handler(options_of(disk.directory() / "results"));
  BOOST_TEST((handler->handle(result_of("q-1", "{}"), {}).kind == Kind::done));
  const std::string before = read_file(disk.directory() / "results");
  BOOST_CHECK_THROW(handler->handle(result_of("q-2", "[\"" + std::string(2 << 20, 'x') + "\"]"), {}),
                    base::Failure);
  BOOST_TEST(read_file(disk.directory() / "results") == before);
}

BOOST_AUTO_TEST_CASE(wrong_settings_are_refused)
{
  for (const char* path : {"", "relative", "/no/such/directory/file"})
    BOOST_CHECK_THROW(delivery::make_file_handler(options_of(path)), base::Failure);
}

BOOST_AUTO_TEST_SUITE_END()
