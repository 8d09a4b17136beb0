// How an erasure works on the file: in short transactions, and without harm to SQLite's locks.
#include <boost/test/unit_test.hpp>
#include <sqlite3.h>

#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "store/open.hpp"
#include "store/sqlite/erasure/erasure_list.hpp"
#include "store/store_fixture.hpp"
#include "store/tables/erasure/eraser.hpp"
#include "store/tables/erasure/erasure_search.hpp"
#include "support/spool.hpp"

using namespace postbackd;
using namespace postbackd::test;
using store::tables::Eraser;
using store::tables::ErasureSearch;

namespace
{

constexpr auto cpf = "52998224725"; // synthetic

struct ErasureFixture : StoreFixture {
  ErasureFixture() { open(); }

  store::ToErase person() const { return {.subject = model::DataSubject::of_document(cpf)}; }
  store::ToErase query(const std::string& id) const { return {.query = id}; }

  // Erases on a connection of its own; calls each transaction twice if told so, the first time in vain.
  store::Erased erase(const store::ToErase& which, bool fails_first = false)
  {
    auto connection = connect(sqlite::Connection::Mode::existing);
    sqlite::Database& database = connection.database();
    const auto changes = [&] { return sqlite3_total_changes(database.raw().getHandle()); };
    const auto write = [&](const std::function<void(sql::Database&)>& work) {
      if (++transactions == fails_at) throw std::runtime_error("killed");
      if (fails_first) {
        database.exec("BEGIN IMMEDIATE");
        work(database);
        database.exec("ROLLBACK");
      }
      database.exec("BEGIN IMMEDIATE");
      const int before = changes();
      work(database);
      most_changes = std::max(most_changes, changes() - before);
      database.exec("COMMIT");
    };
    const auto note = [this](sql::Database& reader, const store::tables::FoundToErase& rows,
                             base::TimePoint now) {
      store::sqlite::ErasureList(options.path).add(reader, rows, now);
    };
    const store::tables::FoundToErase found = ErasureSearch(database).find(which, {});
    Eraser(database, {.write = write, .note = note})
        .erase(found, which.subject ? "document" : "query", "tester", clock.now());
    return found.count();
  }

  // The ranges of a file that this process has locked. A child asks: /proc/locks, read in several parts,
  // names a lock twice or never while other processes take theirs; and a file opened here would drop the
  // locks when it is closed.
  static int locks_of(const std::filesystem::path& file)
  {
    const pid_t child = ::fork();
    if (child == 0) {
      const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
      int count = 0;
      struct flock lock {
      };
      for (; count < 100;
           ++count) { // SQLite never locks to the end of a file, so each is behind the one before
        lock.l_type = F_WRLCK;
        if (::fcntl(descriptor, F_GETLK, &lock) != 0) ::_exit(255);
        if (lock.l_type == F_UNLCK) break;
        lock.l_start += std::exchange(lock.l_len, 0);
      }
      ::_exit(count);
    }
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_REQUIRE(WIFEXITED(status));
    BOOST_REQUIRE(WEXITSTATUS(status) != 255);
    return WEXITSTATUS(status);
  }

  int fails_at = 0; // the number of a transaction
  int transactions = 0;
  int most_changes = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(erasure, ErasureFixture)

BOOST_AUTO_TEST_CASE(many_rows_are_erased_in_many_transactions)
{
  tell("INSERT INTO queries (query_id, label) VALUES ('q-1', 'somebody')");
  std::vector<model::Postback> postbacks;
  for (int i = 0; i < 2'000; ++i)
    postbacks.push_back(postback_of(result_of("q-1", std::to_string(i))));
  for (const auto& kept : keep_all(postbacks))
    BOOST_REQUIRE(kept.has_value());
  const store::Erased erased = erase(query("q-1"), true);
  BOOST_TEST(erased.queries == 1);
  BOOST_TEST(erased.postbacks == 2'000);
  BOOST_TEST(transactions > 3);
  BOOST_TEST(most_changes < 1'500);
  BOOST_TEST(ask("SELECT count(*) FROM bodies WHERE raw <> x''") == "0");
  BOOST_TEST(ask("SELECT count(*) FROM postbacks WHERE removed_at IS NULL") == "0");
  BOOST_TEST(ask("SELECT label IS NULL AND erased_at IS NOT NULL FROM queries") == "1");
  BOOST_TEST(ask("SELECT postbacks FROM erasures") == "2000");
}

// A transaction of 100 MB would keep all others waiting.
BOOST_AUTO_TEST_CASE(a_large_body_goes_piece_by_piece)
{
  DiskSpool disk;
  const std::string body = result_of("q-1", std::string(20 << 20, 'x') + " " + cpf);
  model::Postback postback = postback_of("", clock.now());
  postback.raw = disk.blob(body);
  postback.sha256 = postback.raw.sha256();
  postback.envelope = model::decode({postback.raw, postback.content_type, ""}, {});
  BOOST_REQUIRE(keep(postback).has_value());
  BOOST_TEST(erase(person()).postbacks == 1);
  BOOST_TEST(transactions > 5);
  BOOST_TEST(ask("SELECT count(*) FROM pieces") == "0");
  BOOST_TEST(ask("SELECT count(*) FROM erased_pieces") == "0");
}

// Killed after the row of the body is empty and before its pieces are gone.
BOOST_AUTO_TEST_CASE(what_an_interrupted_erasure_has_left_is_erased_by_the_daemon_and_by_the_next_one)
{
  tell("INSERT INTO pieces (body_id, part, bytes) VALUES (7, 0, x'00'), (7, 1, x'00')");
  tell("INSERT INTO erased_pieces VALUES (7)");
  BOOST_TEST(store->upkeep().complete_erasure().value());
  BOOST_TEST(ask("SELECT count(*) FROM pieces") == "0");
  BOOST_TEST(!store->upkeep().complete_erasure().value());
  // Killed after the query and one of its postbacks: the other says nothing of the person.
  tell("INSERT INTO queries (query_id) VALUES ('q-1')");
  BOOST_REQUIRE(keep(postback_of(result_of("q-1", cpf))).has_value());
  BOOST_REQUIRE(keep(postback_of(result_of("q-1", "somebody without a number"))).has_value());
  tell("UPDATE queries SET erased_at = '2026-01-01T00:00:00.000Z'");
  tell("UPDATE postbacks SET removed_at = '2026-01-01T00:00:00.000Z' WHERE kind = 'result'");
  BOOST_TEST(erase(person()).postbacks == 1);
  BOOST_TEST(ask("SELECT count(*) FROM postbacks WHERE removed_at IS NULL") == "0");
}

// Killed between any two transactions, and run again.
BOOST_AUTO_TEST_CASE(an_erasure_that_was_killed_anywhere_is_completed_by_the_next_one)
{
  const std::string words = "of " + std::string(cpf);
  for (fails_at = 1; fails_at < 20; ++fails_at) {
    const std::string id = "c-" + std::to_string(fails_at);
    tell("INSERT INTO queries (correlation, query_id, label) VALUES ('" + id + "', 'q" + id + "', '" + words +
         "')");
    // Of this query, and nothing in it says so.
    tell("INSERT INTO queue_objects (id, client, action, created_at, state, correlation, request) SELECT '" +
         id + "', 'app', 'update_fandata', created_at, 'completed', '" + id +
         "', '{\"name\":\"somebody\"}' FROM queries LIMIT 1");
    // With a body, or still waiting for one: then only its label says whom it is about.
    if (fails_at % 2 != 0) BOOST_REQUIRE(keep(postback_of(result_of("q" + id, "a name"))).has_value());
    transactions = 0;
    bool was_killed = false;
    try {
      erase(person());
    } catch (const std::runtime_error&) {
      was_killed = true;
    }
    const int at = std::exchange(fails_at, 0);
    if (was_killed) erase(person());
    fails_at = at;
    BOOST_TEST(ask("SELECT count(*) FROM queue_objects WHERE request <> '{}'") == "0", at);
    BOOST_TEST(ask("SELECT count(*) FROM queries WHERE label IS NOT NULL OR erased_at IS NULL") == "0", at);
    BOOST_TEST(ask("SELECT count(*) FROM postbacks WHERE removed_at IS NULL") == "0", at);
    if (!was_killed) return;
  }
  BOOST_ERROR("it has more transactions than that");
}

// Opening and closing a file beside SQLite drops all locks that the process has on it (fcntl(2)).
BOOST_AUTO_TEST_CASE(an_erasure_keeps_the_locks_of_its_connection)
{
  store.reset();
  tell("INSERT INTO queries (query_id, label) VALUES ('q-1', 'of " + std::string(cpf) + "')");
  const auto operators = store::open_operator(options.path, options.busy_timeout, store::Access::write);
  const int before = locks_of(options.path);
  const int shared = locks_of(options.path.string() + "-shm");
  BOOST_TEST(before >= 1);
  BOOST_TEST(shared >= 1);
  operators->archive().erase(person(), "tester", false, clock.now(), {});
  BOOST_TEST(operators->archive().complete_erasure(person()).empty());
  BOOST_TEST(locks_of(options.path) == before);
  BOOST_TEST(locks_of(options.path.string() + "-shm") >= shared);
  operators->archive().verify([](const std::string& problem) { BOOST_ERROR(problem); },
                              [](const std::string&, std::int64_t, std::int64_t) {});
  BOOST_TEST(locks_of(options.path) == before);
}

BOOST_AUTO_TEST_CASE(what_is_left_is_named)
{
  store.reset();
  const auto operators = store::open_operator(options.path, options.busy_timeout, store::Access::write);
  const auto remains = [&] { return operators->archive().complete_erasure(person()); };
  BOOST_TEST(remains().empty());
  std::ofstream(directory / "export.ndjson") << "529.982.247-25";
  BOOST_TEST(remains() ==
             std::vector<std::string>{"the file '" + (directory / "export.ndjson").string() + "'"});
  std::filesystem::remove(directory / "export.ndjson");
  tell(
      "INSERT INTO pieces (body_id, part, bytes) VALUES (7, 0, CAST('of 52998224725' AS BLOB))"); // of nobody
  tell("INSERT INTO stats (day) VALUES ('52998224725')");
  const auto left = remains();
  BOOST_TEST(left == (std::vector<std::string>{"table stats", "table pieces"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(followers_hear_of_it_once_with_the_id_alone)
{
  tell("INSERT INTO queries (query_id, label, key) VALUES ('q-1', 'somebody', 'order')");
  erase(query("q-1"));
  erase(query("q-1"));
  BOOST_TEST(ask("SELECT group_concat(event, ' ') FROM v_events") == "closed erased");
  const auto events = store->queries().events_after(0, 10);
  BOOST_REQUIRE(events.size() == 2u);
  BOOST_TEST((events.back().kind == model::EventKind::erased));
  BOOST_TEST(events.back().own_id == "q-1");
  BOOST_TEST(events.back().label + events.back().key + events.back().metadata == "");
  BOOST_TEST(ask("SELECT who FROM v_erasures LIMIT 1") == "tester");
}

BOOST_AUTO_TEST_CASE(bodies_that_nobody_can_read_are_named)
{
  const auto keep_undecodable = [this](std::string raw, std::string encoding) {
    model::Postback postback = postback_of(raw);
    postback.content_encoding = encoding;
    postback.envelope =
        model::decode({postback.raw, "application/json", encoding}, {.most_decoded = 1 << 20});
    return static_cast<std::int64_t>(keep(postback).value().receipt);
  };
  keep_undecodable("no JSON, and readable", "");
  const std::int64_t broken = keep_undecodable("\x1f\x8b broken", "gzip");
  const std::int64_t wide = keep_undecodable(std::string("{\0\"\0a\0", 6), "");
  BOOST_TEST(erase(person()).opaque == (std::vector<std::int64_t>{broken, wide}),
             boost::test_tools::per_element());
  BOOST_TEST(erase({.receipt = static_cast<model::Receipt>(broken)}).postbacks == 1);
  BOOST_TEST(erase(person()).opaque == std::vector<std::int64_t>{wide}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
