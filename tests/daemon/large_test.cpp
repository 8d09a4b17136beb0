// Bodies that must not be held in memory, and disks that no body may fill.
#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/digest.hpp"
#include "sqlite/connection.hpp"
#include "support/daemon.hpp"
#include "support/machine.hpp"

using namespace postbackd;
using namespace postbackd::test;

namespace
{

constexpr std::size_t mib = 1 << 20;
// Instrumented code takes ten times as long.
constexpr std::size_t large_size = sanitized ? 20'000'000 : 150'000'000;

// Returns a result of about this size in the sender's Latin-1: half of it records, half of it one string.
std::string large_result(const std::string& query_id, std::size_t size)
{
  std::string body = R"({"Result":[)";
  for (int i = 0; body.size() < size / 2; ++i)
    body += R"({"Name":"JOS)"
            "\xC9"
            R"( DA SILVA","Number":)" +
            std::to_string(i) + R"(,"Tags":["a\u00e3","b\n"]},)";
  body += R"({"Document":")";
  body.append(size - body.size(), '\xE3');
  return body + R"("}],"Status":{"x":[{"Code":0}]},"QueryId":")" + query_id + "\"}";
}

// Posts small bodies without a pause until the stop; returns the longest time of an answer.
std::chrono::milliseconds worst_of_small_posts(const Daemon& daemon, const std::atomic<bool>& stop)
{
  std::chrono::steady_clock::duration worst{};
  for (int i = 0; !stop && i < 100'000; ++i) {
    const auto start = std::chrono::steady_clock::now();
    if (daemon.post(R"({"QueryId":"small-)" + std::to_string(i) + "\"}").status != 200)
      return std::chrono::hours(1);
    worst = std::max(worst, std::chrono::steady_clock::now() - start);
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(worst);
}

// Returns the SHA-256 of what a user reads from the store.
std::string digest_in_store(const Daemon& daemon, const std::string& query_id)
{
  if (is_on_server()) {
    const std::string digest =
        daemon.query("SELECT encode(sha256(b.raw), 'hex') FROM v_bodies b JOIN v_postbacks p USING (receipt) "
                     "WHERE p.kind = 'result' AND p.query_id = '" +
                     query_id + "'");
    return digest.empty() ? "(no row)" : digest;
  }
  sqlite::Connection reader({.path = daemon.store()}, sqlite::Connection::Mode::read);
  SQLite::Statement find(reader.database().raw(),
                         "SELECT b.raw FROM v_bodies b JOIN v_postbacks p USING (receipt) "
                         "WHERE p.kind = 'result' AND p.query_id = ?1");
  find.bind(1, query_id);
  if (!find.executeStep()) return "(no row)";
  const SQLite::Column raw = find.getColumn(0);
  return base::to_hex(
      base::sha256({static_cast<const char*>(raw.getBlob()), static_cast<std::size_t>(raw.getBytes())}));
}

std::size_t spool_files(const Daemon& daemon)
{
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(daemon.store().parent_path()))
    count += entry.path().filename().string().starts_with(".postbackd-spool-");
  return count;
}

// Sends `count` bodies at once together with small posts, and checks everything that a user can observe.
void post_large(Daemon& daemon, int count, long most_resident)
{
  std::vector<std::string> ids;
  std::vector<std::string> bodies;
  for (int i = 0; i < count; ++i) {
    ids.push_back("large-" + std::to_string(count) + "-" + std::to_string(i));
    daemon.query("INSERT INTO queries (query_id) VALUES ('" + ids.back() + "')");
    bodies.push_back(large_result(ids.back(), large_size));
  }
  std::atomic<bool> stop = false;
  std::chrono::milliseconds worst{};
  std::thread small([&] { worst = worst_of_small_posts(daemon, stop); });
  std::vector<Answer> answers(static_cast<std::size_t>(count));
  {
    std::vector<std::jthread> senders;
    for (std::size_t i = 0; i < answers.size(); ++i)
      senders.emplace_back([&, i] {
        RawConnection connection(daemon.port());
        connection.send(to_bytes({.body = bodies[i]}));
        // 600 MB to read, decode and sync, on a machine that may be busy.
        answers[i] = parse_answer(connection.read_answer(std::chrono::minutes(2)));
      });
  }
  stop = true;
  small.join();
  const long peak = status_of(daemon.pid(), "VmHWM");
  BOOST_TEST_MESSAGE(count << " of " << large_size / 1'000'000 << " MB: peak " << peak / 1024
                           << " MiB, slowest small post " << worst.count() << " ms");
  BOOST_TEST(worst.count() < 2'000);
  if (!sanitized) BOOST_TEST(peak < most_resident * 1024);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    BOOST_REQUIRE(answers[i].status == 200);
    BOOST_TEST(digest_in_store(daemon, ids[i]) == base::to_hex(base::sha256(bodies[i])));
    BOOST_TEST(daemon.query("SELECT state, json -> 'Result' -> 1 ->> 'Name' = 'JOS\xC3\x89 DA SILVA' FROM "
                            "v_queries JOIN v_results USING "
                            "(query_id) WHERE query_id = '" +
                            ids[i] + "'") == "answered|1");
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(large)

BOOST_AUTO_TEST_CASE(a_large_result_is_kept_whole_in_little_memory_and_delays_nobody)
{
  Daemon daemon;
  post_large(daemon, 1, 64);
  BOOST_TEST(daemon.stop() == 0);
}

BOOST_AUTO_TEST_CASE(four_large_results_are_kept_at_once, *boost::unit_test::precondition(unsanitized))
{
  Daemon daemon;
  post_large(daemon, 4, 128);
  BOOST_TEST(daemon.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_client_that_stops_in_the_middle_leaves_nothing)
{
  Daemon daemon;
  const std::size_t descriptors = daemon.descriptors_at_rest();
  {
    RawConnection connection(daemon.port());
    connection.send("POST /postback HTTP/1.1\r\nHost: h\r\nPostbacksecret: test-secret\r\nContent-Length: "
                    "104857600\r\n\r\n");
    for (int i = 0; i < 50; ++i)
      connection.send(std::string(mib, ' '));
    BOOST_TEST(eventually(
        [&] { return daemon.open_descriptors() == descriptors + 2; })); // the connection and its file
    BOOST_TEST(spool_files(daemon) == 0u); // the file has no name, so that a crash leaves none either
  }
  BOOST_TEST(eventually([&] { return daemon.open_descriptors() == descriptors; }));
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_postbacks") == "0");
  BOOST_TEST(daemon.query("SELECT count(*) FROM pieces") == "0");
}

// The pieces that it left go later: another process might be keeping them (store/large_bodies_test.cpp).
BOOST_AUTO_TEST_CASE(a_kill_in_the_middle_is_no_harm_to_the_same_body)
{
  Daemon daemon;
  const std::string body = large_result("q-1", 60 * mib);
  for (int i = 0; i < 3; ++i) {
    std::thread sender([&] { send(daemon.port(), {.body = body}); });
    BOOST_TEST(eventually(
        [&] { return daemon.query("SELECT count(DISTINCT body_id) FROM pieces") == std::to_string(i + 1); }));
    daemon.kill();
    sender.join();
    std::ofstream(daemon.store().parent_path() / ".postbackd-spool-abcdef") << "of a crash";
    daemon.start();
    BOOST_TEST(eventually([&] { return spool_files(daemon) == 0u; }));
  }
  BOOST_TEST(send(daemon.port(), {.body = body}).status == 200);
  BOOST_TEST(digest_in_store(daemon, "q-1") == "(no row)"); // unmatched
  const auto pieces = daemon.query("SELECT count(*) FROM pieces");
  // A repeat adds no pieces.
  BOOST_TEST(send(daemon.port(), {.body = body}).status == 200);
  BOOST_TEST(daemon.query("SELECT repeats FROM v_postbacks WHERE query_id = 'q-1'") == "1");
  BOOST_TEST(daemon.query("SELECT count(*) FROM pieces") == pieces);
}

// Bodies that do not fit into the memory of all bodies go to files, whatever their own size.
BOOST_AUTO_TEST_CASE(many_bodies_at_once_share_a_memory)
{
  Daemon daemon({.limits = "bodies_in_memory = \"2MiB\"\n"});
  std::vector<std::unique_ptr<RawConnection>> senders;
  const std::string body = large_result("q", 900'000);
  const std::string request = to_bytes({.body = body});
  const long before = status_of(daemon.pid(), "VmRSS");
  for (int i = 0; i < 100; ++i) {
    senders.push_back(std::make_unique<RawConnection>(daemon.port()));
    senders.back()->send(std::string_view(request).substr(0, request.size() - 10));
  }
  BOOST_TEST(eventually([&] { return daemon.open_descriptors() > 190; }));
  if (!sanitized) BOOST_TEST(status_of(daemon.pid(), "VmRSS") - before < 20 * 1024);
  for (const auto& sender : senders) {
    sender->send(std::string_view(request).substr(request.size() - 10));
    BOOST_TEST(parse_answer(sender->read_answer()).status == 200);
  }
  BOOST_TEST(daemon.query("SELECT sum(1 + repeats) FROM v_postbacks") == "100");
}

// It must not treat them as orphans, even if it cannot listen.
BOOST_AUTO_TEST_CASE(a_second_start_leaves_the_pieces_of_the_first_alone)
{
  Daemon daemon;
  const std::string body = large_result("q-1", 60 * mib);
  daemon.query("INSERT INTO queries (query_id) VALUES ('q-1')");
  Answer answer;
  std::thread sender([&] { answer = send(daemon.port(), {.body = body}); });
  BOOST_TEST(eventually([&] { return daemon.query("SELECT count(*) > 3 FROM pieces") == "1"; }));
  std::string text = read_file(daemon.configuration());
  text.replace(text.find("port = 0"), 8, "port = " + std::to_string(daemon.port()));
  daemon.directory().write("second.toml", text);
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(run({program("postbackd"), "--config", (daemon.directory() / "second.toml").string()}).code ==
               1);
  sender.join();
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(digest_in_store(daemon, "q-1") == base::to_hex(base::sha256(body)));
}

BOOST_AUTO_TEST_CASE(orphans_of_a_failed_keep_are_removed)
{
  Daemon daemon({.store = "busy_timeout = \"100ms\"\n"});
  daemon.directory().write(
      "holder.py",
      "import sqlite3, sys, time\n"
      "s = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)\n"
      "print('ready', flush=True)\n"
      "while s.execute('SELECT count(*) FROM pieces').fetchone()[0] < 4: pass\n"
      "while not s.in_transaction:\n" // SQLite's own wait sleeps too long between two pieces
      "    try: s.execute('BEGIN IMMEDIATE')\n"
      "    except sqlite3.OperationalError: pass\n"
      "time.sleep(60)\n");
  Process holder({"python3", (daemon.directory() / "holder.py").string(), daemon.store().string()},
                 {{}, false, daemon.directory() / "holder.log"});
  BOOST_REQUIRE(eventually([&] { return read_file(daemon.directory() / "holder.log") == "ready\n"; }));
  BOOST_TEST(send(daemon.port(), {.body = large_result("q-1", 100 * mib)}).status == 503);
  BOOST_TEST(daemon.query("SELECT count(*) > 3 FROM pieces") == "1");
  holder.send_signal(9);
  holder.wait();
  BOOST_TEST(eventually([&] { return daemon.query("SELECT count(*) FROM pieces") == "0"; }));
}

BOOST_AUTO_TEST_CASE(a_large_body_never_uses_the_last_free_space, *boost::unit_test::precondition(can_mount))
{
  const SmallDisk disk("200m");
  Daemon daemon({.limits = "free_space = \"60MiB\"\n", .folder = disk.directory().path()});
  // It fits on the disk as a file, but then not also into the store.
  BOOST_TEST(send(daemon.port(), {.body = large_result("q-1", 70 * mib)}).status == 503);
  BOOST_TEST(std::filesystem::space(disk.directory().path()).available > 50 * mib);
  BOOST_TEST(eventually([&] { return daemon.post("{}").status == 200; }));
}

BOOST_AUTO_TEST_CASE(below_the_free_space_floor_nothing_is_accepted_until_there_is_room,
                     *boost::unit_test::precondition(can_mount))
{
  const SmallDisk disk("40m");
  Daemon daemon({.limits = "free_space = \"30MiB\"\n", .folder = disk.directory().path()});
  BOOST_TEST(daemon.post("{}").status == 200);
  // A body that would not leave the floor free, and then a disk that somebody else has filled.
  const Answer large = send(daemon.port(), {.body = large_result("q-1", 20 * mib)});
  BOOST_TEST(large.status == 503);
  BOOST_TEST(large.header.find("Retry-After: ") != std::string::npos);
  std::ofstream(disk.directory() / "filling") << std::string(15 * mib, 'x');
  BOOST_TEST(eventually([&] { return daemon.post("{}").status == 503; }));
  BOOST_TEST(daemon.log().find("free_space") != std::string::npos);
  std::filesystem::remove(disk.directory() / "filling");
  BOOST_TEST(daemon.post("{}").status == 200);
  BOOST_TEST(daemon.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
