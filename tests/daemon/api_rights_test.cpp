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
       {"/v1/queries/q-1?wait=60", "/v1/queries/q-1/result?wait=60", "/v1/events?after=0&wait=60"}) {
    std::unique_ptr<RawConnection> waits;
    BOOST_TEST(eventually([&] {
                 waits = opens(target, audit);
                 get("/v1/queries/q-1", audit); // comes after what the first one reads: a client has turns
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

BOOST_AUTO_TEST_CASE(slow_downloads_take_no_space_and_the_last_of_it_is_for_receiving,
                     *boost::unit_test::precondition(can_mount))
{
  const SmallDisk disk("200m");
  Daemon::Options options{.limits = "free_space = \"30MiB\"\nconnections_per_address = 0\n"};
  options.folder = disk.directory().path();
  start(client("greedy", R"(["read"])", "sees = \"all\"\ndownloads = 1000\nunsent = \"1GiB\"\n"), "",
        options);
  register_query("q-1");
  BOOST_REQUIRE(daemon->post(R"({"QueryId":"q-1","Result":[")" + std::string(8 << 20, 'x') + "\"]}").status ==
                200);
  const auto space = [&] { return std::filesystem::space(disk.directory().path()).available >> 20; };
  const auto before = space();
  std::vector<std::unique_ptr<RawConnection>> readers;
  for (int i = 0; i < 40; ++i) {
    readers.push_back(opens("/v1/queries/q-1/result", "token-0123456789-of-greedy"));
    const std::string line = readers.back()->read_until("\r\n"); // and no more
    BOOST_TEST(line.find(" 200") != std::string::npos, line);
  }
  BOOST_TEST(space() + 32 > before); // MiB; a checkpoint moves what the WAL has, and 40 copies would be 320
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(daemon->post(R"({"QueryId":"s-)" + std::to_string(i) + "\"}").status == 200);
  BOOST_TEST(daemon->post(R"({"QueryId":"large","Result":[")" + std::string(2 << 20, 'x') + "\"]}").status ==
             200);
  readers.clear();
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

BOOST_AUTO_TEST_CASE(a_client_has_its_share_of_everything)
{
  start(
      client("greedy", R"(["read", "register"])", "connections = 3\nunsent = \"64KiB\"\nrows_per_day = 4\n"));
  const std::string greedy = "token-0123456789-of-greedy";
  // Rows; what is known already is none.
  const auto enter = [&](const std::string& id) {
    return post("/v1/queries", R"({"query_id":")" + id + "\"}", greedy).status;
  };
  for (const char* id : {"g-1", "g-2", "g-3"})
    BOOST_TEST(enter(id) == 201);
  BOOST_TEST(enter("g-1") == 200);
  BOOST_TEST(post("/v1/hooks", "{}", greedy).status == 201);
  BOOST_TEST(enter("g-4") == 429);
  BOOST_TEST(post("/v1/hooks", "{}", greedy).status == 429);
  BOOST_TEST(post("/v1/queries", R"({"query_id":"s-1"})", shop).status == 201);
  // Connections: bodies that do not come.
  std::vector<std::unique_ptr<RawConnection>> connections;
  for (int i = 0; i < 3; ++i) {
    connections.push_back(std::make_unique<RawConnection>(port()));
    connections.back()->send("POST /v1/queries HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + greedy +
                             "\r\nContent-Length: 10\r\n\r\n{");
  }
  BOOST_TEST(eventually([&] { return get("/v1/queries", greedy).status == 429; }));
  BOOST_TEST(get("/v1/queries", shop).status == 200);
  connections.clear();
  BOOST_TEST(eventually([&] { return get("/v1/queries", greedy).status == 200; }));
}

BOOST_AUTO_TEST_CASE(a_large_result_comes_whole_or_ends_when_it_is_erased)
{
  start(client("greedy", R"(["read", "operate"])", "sees = \"all\"\n"));
  const std::string greedy = "token-0123456789-of-greedy";
  register_query("q-1");
  const std::string document = R"({"QueryId":"q-1","Result":[")" + std::string((24 << 20) + 11, 'x') + "\"]}";
  BOOST_REQUIRE(daemon->post(document).status == 200);
  const auto whole = get("/v1/queries/q-1/result", greedy);
  BOOST_TEST(whole.status == 200);
  BOOST_TEST((whole.body == document));
  BOOST_TEST((get("/v1/queries/q-1/body", greedy).body == document));
  auto slow = opens("/v1/queries/q-1/result", greedy);
  slow->read_until("\r\n\r\n");
  BOOST_TEST(post("/v1/queries/q-1/erase", "", greedy).status == 202);
  BOOST_TEST(slow->read_all().size() < document.size());
}

BOOST_AUTO_TEST_SUITE_END()
