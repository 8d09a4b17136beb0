// A place belongs to who waits, and a right to who has it now.
#include <fstream>

#include "daemon/api_fixture.hpp"
#include "support/machine.hpp"

using namespace postbackd::test;

namespace
{

const std::string audit = "token-0123456789-of-audit"; // one request may wait
const std::string shop = "token-0123456789-of-shop";
const std::string ledger = "token-0123456789-of-ledger";

struct Rights : ApiFixture {
  std::unique_ptr<RawConnection> opens(const std::string& target, const std::string& token,
                                       bool stream = false) const
  {
    auto connection = std::make_unique<RawConnection>(port());
    connection->send(to_bytes({.target = target,
                               .token = token,
                               .fields = stream ? std::vector<std::string>{"Accept: text/event-stream"}
                                                : std::vector<std::string>{}}));
    if (stream) connection->read_until("\r\n\r\n");
    return connection;
  }
  bool has_a_place(const std::string& token) const
  {
    return get("/v1/events?after=0&wait=1", token).status == 200;
  }
  void reload() const
  {
    const auto reloads = [this] {
      const std::string log = daemon->log();
      std::size_t count = 0;
      for (std::size_t at = log.find("event=reloaded"); at != std::string::npos;
           at = log.find("event=reloaded", at + 1))
        ++count;
      return count;
    };
    const std::size_t before = reloads();
    daemon->hang_up();
    BOOST_REQUIRE(eventually([&] { return reloads() > before; }));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(api_rights, Rights)

BOOST_AUTO_TEST_CASE(whoever_leaves_frees_its_place_also_while_nothing_happens)
{
  register_query("q-1");
  for (const char* target :
       {"/v1/queries/q-1?wait=60", "/v1/queries/q-1/result?wait=60", "/v1/events?after=9&wait=60"}) {
    std::unique_ptr<RawConnection> waits;
    BOOST_TEST(eventually([&] {
                 waits = opens(target, audit); // again, if looking has taken the place before it
                 return !has_a_place(audit);
               }),
               target);
    waits.reset();
    BOOST_TEST(eventually([&] { return has_a_place(audit); }, std::chrono::seconds(10)), target);
  }
  opens("/v1/events", audit, true).reset();
  BOOST_TEST(eventually([&] { return has_a_place(audit); }, std::chrono::seconds(10)));
}

BOOST_AUTO_TEST_CASE(a_token_that_is_taken_away_ends_what_waits)
{
  const std::string id = register_query("q-1");
  const auto stream = opens("/v1/events", shop, true);
  const auto waits = opens("/v1/queries/" + id + "?wait=60", shop);
  const auto others = opens("/v1/events", ledger, true);
  std::filesystem::remove(secrets / "shop");
  secrets.write("shop", "another-token-0123456789");
  std::filesystem::permissions(secrets / "shop", std::filesystem::perms::owner_read);
  reload();
  BOOST_TEST(stream->read_all(std::chrono::seconds(10)).ends_with("0\r\n\r\n"));
  BOOST_TEST(parse_answer(waits->read_answer()).status == 401);
  register_query("q-2", ledger);
  answer_query("q-2");
  others->read_until("\"query_id\":\"q-2\"");
}

BOOST_AUTO_TEST_CASE(a_key_that_cannot_be_read_tells_no_path)
{
  BOOST_REQUIRE(post("/v1/hooks", "{}").status == 201);
  std::filesystem::remove(daemon->store().parent_path() / "query_key");
  const Answer refused = post("/v1/hooks", "{}");
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(refused.body.find("query_key") == std::string::npos, refused.body);
  BOOST_TEST(post("/v1/hooks", R"({"route":"/none"})").status == 400);
}

BOOST_AUTO_TEST_CASE(a_reload_that_takes_nothing_away_changes_nothing)
{
  const auto stream = opens("/v1/events", audit, true);
  reload();
  BOOST_TEST(!has_a_place(audit));
  register_query("q-1");
  answer_query("q-1");
  stream->read_until("\"query_id\":\"q-1\"");
}

BOOST_AUTO_TEST_CASE(slow_downloads_leave_the_receiver_its_space, *boost::unit_test::precondition(can_mount))
{
  const SmallDisk disk("200m");
  Daemon::Options options{.limits = "free_space = \"30MiB\"\nconnections_per_address = 0\n"};
  options.folder = disk.directory().path();
  start(client("greedy", R"(["read"])", "sees = \"all\"\ndownloads = 1000\n"), "", options);
  register_query("q-1");
  BOOST_REQUIRE(daemon->post(R"({"QueryId":"q-1","Result":[")" + std::string(8 << 20, 'x') + "\"]}").status ==
                200);
  std::vector<std::unique_ptr<RawConnection>> readers;
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    readers.push_back(opens("/v1/queries/q-1/result", "token-0123456789-of-greedy"));
    const std::string line = readers.back()->read_until("\r\n"); // and no more
    refused += line.find(" 503") != std::string::npos;
  }
  BOOST_TEST(refused > 0);
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(daemon->post(R"({"QueryId":"s-)" + std::to_string(i) + "\"}").status == 200);
  BOOST_TEST(daemon->post(R"({"QueryId":"large","Result":[")" + std::string(2 << 20, 'x') + "\"]}").status ==
             200);
  readers.clear();
  const auto space = [&] { return std::filesystem::space(disk.directory().path()).available >> 20; };
  // Somebody else takes it, as it is given back: what the API registers must not be the last that fits.
  std::ofstream filling(disk.directory() / "filling");
  BOOST_TEST(eventually([&] {
    while (space() > 45)
      filling << std::string(1 << 20, 'x') << std::flush;
    return post("/v1/queries", R"({"query_id":"q-2"})").status == 503;
  }));
  BOOST_TEST(daemon->post(R"({"QueryId":"last"})").status == 200);
  filling.close();
  std::filesystem::remove(disk.directory() / "filling");
  BOOST_TEST(eventually([&] { return post("/v1/queries", R"({"query_id":"q-3"})").status == 201; }));
}

BOOST_AUTO_TEST_CASE(a_client_takes_so_many_large_results_at_the_same_time)
{
  start(client("greedy", R"(["read"])", "sees = \"all\"\ndownloads = 2\n"));
  const std::string greedy = "token-0123456789-of-greedy";
  register_query("q-1");
  BOOST_REQUIRE(
      daemon->post(R"({"QueryId":"q-1","Result":[")" + std::string(16 << 20, 'x') + "\"]}").status == 200);
  auto first = opens("/v1/queries/q-1/result", greedy);
  auto second = opens("/v1/queries/q-1/result", greedy);
  for (const auto& each : {first.get(), second.get()})
    BOOST_TEST(each->read_until("\r\n").find(" 200") != std::string::npos);
  BOOST_TEST(get("/v1/queries/q-1/result", greedy).status == 429);
  BOOST_TEST(get("/v1/queries/q-1/result", shop).status == 200);
  first.reset();
  BOOST_TEST(eventually([&] { return get("/v1/queries/q-1/result", greedy).status == 200; }));
}

BOOST_AUTO_TEST_SUITE_END()
