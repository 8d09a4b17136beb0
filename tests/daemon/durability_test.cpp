// A 2xx means on disk: kill -9 under load, and the order of the system calls.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstring>
#include <mutex>
#include <thread>

#include "base/digest.hpp"
#include "support/daemon.hpp"

using namespace postbackd::test;

namespace
{

struct Acknowledged {
  std::string receipt;
  std::string sha256;
};

// Clients that post as fast as they get answers, until the daemon is gone; records what was acknowledged.
class Load
{
public:
  Load(unsigned short port, int round, int clients)
  {
    for (int client = 0; client < clients; ++client)
      threads_.emplace_back([this, port, round, client] { run(port, round, client); });
  }
  void wait() { threads_.clear(); }
  std::size_t acknowledged_count() const { return count_; }
  std::vector<Acknowledged> acknowledged() const { return acknowledged_; }

private:
  void run(unsigned short port, int round, int client)
  try {
    RawConnection connection(port);
    for (int i = 0;; ++i) {
      const std::string id = std::to_string(round) + "-" + std::to_string(client) + "-" + std::to_string(i);
      const std::string body =
          R"({"QueryId":")" + id + R"(","Result":[")" + std::string(400, 'x') + "\xE3\"]}";
      if (!connection.send(to_bytes({.body = body, .keep_alive = true}))) return;
      const Answer answer = parse_answer(connection.read_answer());
      if (answer.status != 200 || answer.receipt().empty()) return;
      const std::lock_guard lock(mutex_);
      acknowledged_.push_back({answer.receipt(), postbackd::base::to_hex(postbackd::base::sha256(body))});
      ++count_;
    }
  } catch (const std::exception&) {
    // The daemon was killed before we were connected.
  }

  std::mutex mutex_;
  std::vector<Acknowledged> acknowledged_;
  std::atomic<std::size_t> count_ = 0;
  std::vector<std::jthread> threads_;
};

void check_kept(Daemon& daemon, const std::vector<Acknowledged>& all)
{
  daemon.query("CREATE TABLE acknowledged (receipt INTEGER PRIMARY KEY, sha256 TEXT)");
  std::string insert = "INSERT INTO acknowledged VALUES ";
  for (const Acknowledged& one : all)
    insert += "(" + one.receipt + ",'" + one.sha256 + "'),";
  insert.back() = ';';
  const auto script = daemon.directory().write("insert.sql", insert);
  daemon.query(".read " + script.string());
  BOOST_TEST(daemon.query("SELECT count(*) FROM acknowledged a LEFT JOIN v_postbacks p USING (receipt) "
                          "WHERE p.sha256 IS NOT a.sha256") == "0");
  // No row is half written: each has its whole body, and its counters agree.
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_postbacks p LEFT JOIN v_bodies b USING (receipt) "
                          "WHERE length(b.raw) IS NOT p.bytes OR json_valid(b.json) IS NOT 1") == "0");
  BOOST_TEST(daemon.query(
                 "SELECT (SELECT sum(unmatched) FROM v_stats) = (SELECT count(*) FROM v_postbacks)") == "1");
  BOOST_TEST(daemon.query("PRAGMA integrity_check") == "ok");
}

// Whether a checkpoint has begun and not ended (sqlite.org/walformat.html: nBackfillAttempted, nBackfill).
bool is_checkpointing(const std::filesystem::path& store)
{
  const std::string index = read_file(store.string() + "-shm");
  std::uint32_t ended = 0;
  std::uint32_t begun = 0;
  if (index.size() < 132) return false;
  std::memcpy(&ended, index.data() + 96, 4);
  std::memcpy(&begun, index.data() + 128, 4);
  return begun > ended;
}

} // namespace

BOOST_AUTO_TEST_SUITE(durability)

BOOST_AUTO_TEST_CASE(every_acknowledged_postback_survives_fifty_kills)
{
  constexpr int rounds = 50;
  Daemon daemon;
  std::vector<Acknowledged> all;
  for (int round = 0; round < rounds; ++round) {
    Load load(daemon.port(), round, 8);
    const std::size_t enough = 20 + static_cast<std::size_t>(round) * 7 % 90;
    BOOST_REQUIRE(eventually([&load, enough] { return load.acknowledged_count() >= enough; }));
    daemon.kill();
    load.wait();
    const auto acknowledged = load.acknowledged();
    all.insert(all.end(), acknowledged.begin(), acknowledged.end());
    daemon.start(); // by itself, on that file
  }
  check_kept(daemon, all);
  BOOST_TEST(all.size() >= std::size_t{rounds} * 20);
  BOOST_TEST_MESSAGE(all.size() << " postbacks were acknowledged in " << rounds << " rounds");
}

// The daemon moves the WAL when it has 8,000 new pages: another program writes them, so that each round has
// its checkpoint under load.
BOOST_AUTO_TEST_CASE(every_acknowledged_postback_survives_kills_in_checkpoints)
{
  constexpr int rounds = 5;
  Daemon daemon;
  daemon.query("CREATE TABLE filler (bytes BLOB)");
  std::vector<Acknowledged> all;
  int in_checkpoint = 0;
  for (int round = 0; round < rounds; ++round) {
    Load load(daemon.port(), round, 8);
    daemon.query("PRAGMA wal_autocheckpoint = 0; INSERT INTO filler SELECT randomblob(3000) FROM "
                 "generate_series(1, 9000)");
    BOOST_REQUIRE(eventually([&] { return is_checkpointing(daemon.store()); }));
    daemon.kill();
    load.wait();
    in_checkpoint += is_checkpointing(daemon.store());
    const auto acknowledged = load.acknowledged();
    all.insert(all.end(), acknowledged.begin(), acknowledged.end());
    daemon.start();
  }
  check_kept(daemon, all);
  BOOST_TEST(in_checkpoint >= rounds / 2); // the others had ended by then
  BOOST_TEST_MESSAGE(all.size() << " postbacks, " << in_checkpoint << " kills in a checkpoint");
}

BOOST_AUTO_TEST_CASE(a_limit_on_file_sizes_is_a_full_disk)
{
  Daemon daemon({.under = {"prlimit", "--fsize=" + std::to_string(8 << 20)}});
  const std::string text(1 << 20, 'x');
  int status = 200;
  for (int i = 0; i < 32 && status == 200; ++i)
    status = daemon.post(R"({"QueryId":")" + std::to_string(i) + R"(","Result":[")" + text + "\"]}").status;
  BOOST_TEST(status == 503);
  BOOST_TEST(daemon.stop() == 0);
  daemon.start(); // also below the limit
  BOOST_TEST(daemon.stop() == 0);
  BOOST_TEST(daemon.query("PRAGMA integrity_check") == "ok");
}

BOOST_AUTO_TEST_CASE(a_store_deleted_under_the_daemon_gets_no_200_and_ends_it)
{
  Daemon daemon;
  BOOST_TEST(daemon.post(R"({"QueryId":"before"})").status == 200);
  for (const char* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(daemon.store().string() + suffix);
  for (int i = 0; i < 20; ++i) { // a refused connection is no 200 either
    try {
      BOOST_TEST(daemon.post(R"({"QueryId":"after"})").status != 200);
    } catch (const std::exception&) {
    }
  }
  BOOST_TEST(eventually([&] { return !daemon.is_running(); }));
  BOOST_TEST(daemon.stop() == 1);
  BOOST_TEST(daemon.log().find("event=store_failed") != std::string::npos, daemon.log());
  BOOST_CHECK_THROW(daemon.start(), std::runtime_error); // known_store_test.cpp
}

// strace's lines in order: the body is received, the WAL is synced, the 200 is sent.
BOOST_AUTO_TEST_CASE(the_sync_happens_between_the_body_and_the_200)
{
  const TemporaryDirectory directory;
  const std::string trace = (directory / "trace").string();
  Daemon::Options options;
  options.under = {"strace", "-D",
                   "-f",     "-y",
                   "-s",     "4096",
                   "-o",     trace,
                   "-e",     "trace=recvfrom,recvmsg,readv,fdatasync,fsync,sendto,sendmsg,write,writev"};
  options.environment = {{"ASAN_OPTIONS", "detect_leaks=0"}, {"LSAN_OPTIONS", "detect_leaks=0"}};
  Daemon daemon(options);
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(daemon.post(R"({"QueryId":"traced-)" + std::to_string(i) + R"("})").status == 200);
  daemon.stop();
  BOOST_REQUIRE(
      eventually([&trace] { return read_file(trace).find("+++ exited with 0 +++") != std::string::npos; }));

  const std::string calls = read_file(trace);
  std::size_t at = 0;
  for (int i = 0; i < 5; ++i) {
    const std::size_t body = calls.find("traced-" + std::to_string(i), at);
    const std::size_t answer = calls.find("HTTP/1.1 200 OK", body);
    BOOST_REQUIRE(body != std::string::npos);
    BOOST_REQUIRE(answer != std::string::npos);
    const std::string between = calls.substr(body, answer - body);
    const std::size_t sync = between.find("sync(");
    BOOST_REQUIRE(sync != std::string::npos);
    // It is the store's WAL, and the call has returned 0 before the answer leaves.
    const std::string line = between.substr(sync, between.find('\n', sync) - sync);
    BOOST_TEST(line.find("store.sqlite3-wal>") != std::string::npos, line);
    const std::size_t back =
        line.find("<unfinished") == std::string::npos ? sync : between.find("sync resumed>", sync);
    BOOST_REQUIRE(back != std::string::npos);
    const std::string end = between.substr(back, between.find('\n', back) - back);
    BOOST_TEST(end.ends_with("= 0"), end);
    at = answer;
  }
}

// Its name is in a directory, which is synced apart: else a `done` has no line after a power cut.
BOOST_AUTO_TEST_CASE(a_new_file_is_on_the_disk_with_its_name_before_a_delivery_is_done)
{
  TemporaryDirectory output;
  const auto file = output / "out.jsonl";
  Daemon daemon(
      {.more = "[[handler]]\nname = \"lines\"\nkind = \"file\"\npath = \"" + file.string() + "\"\n"});
  const auto trace = output / "trace";
  Process strace({"strace", "-f", "-y", "-o", trace.string(), "-e", "trace=fsync,fdatasync", "-p",
                  std::to_string(daemon.pid())},
                 {.output = output / "strace"});
  BOOST_REQUIRE(
      eventually([&] { return read_file(output / "strace").find("attached") != std::string::npos; }));
  daemon.query("INSERT INTO queries (query_id) VALUES ('q-1')");
  daemon.post(R"({"QueryId":"q-1","Result":[1]})");
  BOOST_REQUIRE(eventually(
      [&] { return daemon.query("SELECT count(*) FROM v_deliveries WHERE state = 'done'") == "1"; }));
  strace.send_signal(15);
  strace.wait();
  const std::string calls = read_file(trace);
  const std::size_t synced = calls.find(file.string() + ">)");
  const std::size_t named = calls.find("<" + output.path().string() + ">)");
  BOOST_TEST(synced != std::string::npos, calls);
  BOOST_TEST(named != std::string::npos, calls);
  BOOST_TEST(synced < named);
}

BOOST_AUTO_TEST_SUITE_END()
