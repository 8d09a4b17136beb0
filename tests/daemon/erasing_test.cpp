// What the law calls the right to be forgotten: afterwards no file of the store has a byte of it.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <fstream>
#include <signal.h>
#include <thread>

#include "base/ascii.hpp"
#include "base/digest.hpp"
#include "support/daemon.hpp"
#include "support/deflated.hpp"

using namespace postbackd::test;

namespace
{

// Synthetic.
std::string cpf_of(int person) { return "900000000" + std::to_string(10 + person); }
std::string name_of(int person) { return "PESSOA SINTETICA " + std::to_string(10 + person) + "X"; }
std::string mail_of(int person) { return "pessoa" + std::to_string(10 + person) + "@example.com"; }

std::string result_of(const std::string& query_id, int person)
{
  return R"({"QueryId":")" + query_id + R"(","Result":[{"BasicData":{"TaxIdNumber":")" + cpf_of(person) +
         R"(","Name":")" + name_of(person) + R"(","Email":")" + mail_of(person) + R"("},"More":")" +
         std::string(3'000, 'x') + "\"}]}";
}

struct Erasing {
  Daemon daemon;
  int packings = 0;

  void keep(const std::string& query_id, int person)
  {
    daemon.query("INSERT INTO queries (query_id, label, metadata) VALUES ('" + query_id + "', '" +
                 name_of(person) + "', '{\"mail\":\"" + mail_of(person) + "\"}')");
    BOOST_REQUIRE(send(daemon.port(), packed(result_of(query_id, person))).status == 200);
  }
  // As senders pack it, in turns: as it is, with gzip, as a form, and with an escape of JSON.
  Post packed(std::string result)
  {
    Post post;
    const int packing = packings++ % 4;
    if (packing == 1) post.fields.push_back("Content-Encoding: gzip");
    if (packing == 3) result.replace(result.find("\"90000") + 1, 1, "\\u0039");
    post.body = packing == 1   ? deflated(result, 31)
                : packing == 2 ? postbackd::base::percent_encoded(result)
                               : std::move(result);
    return post;
  }
  std::vector<std::string> command(const std::vector<std::string>& arguments) const
  {
    std::vector<std::string> all{program("postbackctl"), "--config", daemon.configuration().string()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return all;
  }
  // Returns how many files of the store's folder have the text; on a server, whether a row has it.
  int files_with(const std::string& text) const
  {
    int count = 0;
    if (is_on_server()) {
      const std::string rows = daemon.dump();
      return rows.find(text) != rows.npos || rows.find(postbackd::base::to_hex(text)) != rows.npos;
    }
    for (const auto& file : std::filesystem::directory_iterator(daemon.store().parent_path()))
      if (file.path().filename().string().starts_with("store.sqlite3"))
        count += read_file(file.path()).find(text) != std::string::npos;
    return count;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(erasing, Erasing)

BOOST_AUTO_TEST_CASE(under_load_and_kills_no_byte_of_a_person_stays)
{
  const int count = is_on_server() ? 60 : 200;
  const std::string half = std::to_string(count / 2);
  for (int i = 0; i < count; ++i)
    keep("q-" + std::to_string(i), i % 10);
  std::atomic<bool> stop = false;
  std::atomic<int> refused = 0;
  std::jthread load([&] {
    for (int i = 0; !stop; ++i)
      refused += daemon.post(R"({"QueryId":"load-)" + std::to_string(i) + "\"}").status != 200;
  });
  for (int person = 0; person < 5; ++person) {
    // Killed at some moment, and run again.
    for (int delay : {5, 15, 30}) {
      Process interrupted(command({"erase", "--document", cpf_of(person)}),
                          {.output = daemon.directory() / "erase"});
      std::this_thread::sleep_for(
          std::chrono::milliseconds(delay)); // not for an event: it is the moment of the kill
      interrupted.send_signal(SIGKILL);
      interrupted.wait();
    }
    run(command({"erase", "--document", cpf_of(person)}));
    for (const std::string& text : {cpf_of(person), name_of(person), mail_of(person)})
      BOOST_TEST(files_with(text) == 0, text);
  }
  stop = true;
  load.join();
  BOOST_TEST(refused == 0);
  BOOST_TEST(files_with(cpf_of(7)) > 0);
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_queries WHERE erased_at IS NOT NULL") == half);
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_results WHERE label LIKE 'PESSOA%'") == half);
  // Also what no search of files sees: bodies that are compressed.
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_bodies JOIN v_postbacks USING (receipt) "
                          "WHERE length(raw) > 0 AND id LIKE 'q-%'") == half);
  BOOST_TEST(daemon.ctl({"verify"}) == "good\n");
}

BOOST_AUTO_TEST_CASE(what_was_erased_does_not_come_back)
{
  keep("q-1", 1);
  BOOST_TEST(daemon.ctl({"erase", "--query", "q-1", "--dry-run"}) ==
             "would be erased: 1 queries, 1 postbacks, 0 Fanbase objects, 0 app events\n");
  BOOST_TEST(files_with(cpf_of(1)) > 0);
  BOOST_TEST(daemon.ctl({"erase", "--query", "q-1"}).starts_with("erased: 1 queries"));
  BOOST_TEST(files_with(cpf_of(1)) == 0);
  const std::string receipt = daemon.query("SELECT receipt FROM v_queries");
  BOOST_TEST(daemon.post(result_of("q-1", 1)).receipt() == receipt); // a repeat
  BOOST_TEST(daemon.post(result_of("q-1", 1) + " ").status == 200);  // another result
  daemon.query("INSERT INTO queries (query_id, label) VALUES ('q-1', 'again')");
  BOOST_TEST(files_with(cpf_of(1)) == 0);
  BOOST_TEST(daemon.query("SELECT state, label, erased_at IS NOT NULL FROM v_queries") == "answered||1");
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_results") == "0");
  BOOST_TEST(daemon.query("SELECT kind, repeats, removed_at IS NOT NULL FROM v_postbacks ORDER BY receipt") ==
             "result|1|1\nextra|0|1");
  BOOST_TEST(daemon.query("SELECT group_concat(event) FROM v_events") == "result,erased");
}

BOOST_AUTO_TEST_CASE(a_waiting_query_is_closed_and_its_result_is_not_kept)
{
  daemon.query("INSERT INTO queries (query_id, label) VALUES ('q-1', '" + cpf_of(1) + "')");
  BOOST_TEST(daemon.post(result_of("stranger", 1)).status == 200); // of no query
  BOOST_TEST(daemon.ctl({"erase", "--document", cpf_of(1)})
                 .starts_with("erased: 1 queries, 1 postbacks, 0 Fanbase objects, 0 app events\n"));
  BOOST_TEST(daemon.query("SELECT state, reason FROM v_queries") == "closed|erased");
  BOOST_TEST(daemon.post(result_of("q-1", 1)).status == 200);
  daemon.query("INSERT INTO queries (query_id) VALUES ('stranger')"); // the erased postback answers nobody
  BOOST_TEST(daemon.query("SELECT state FROM v_queries WHERE query_id = 'stranger'") == "pending");
  BOOST_TEST(files_with(cpf_of(1)) == 0);
  BOOST_TEST(daemon.query("SELECT group_concat(event) FROM v_events") == "closed,erased");
  BOOST_TEST(run(command({"erase", "--document", cpf_of(1)})).code == 2); // nothing is left
  BOOST_TEST(daemon.query("SELECT reason, queries, postbacks FROM v_erasures LIMIT 1") == "document|1|1");
}

BOOST_AUTO_TEST_CASE(an_erased_postback_of_no_query_does_not_come_back_when_it_is_sent_again)
{
  const std::vector<std::string> bodies{
      result_of("stranger", 1),
      R"({"QueryId":"noticed","Status":{"hooks":[{"Code":-1212,"Message":")" + cpf_of(1) + "\"}]}}",
      R"({"Result":[{"cpf":")" + cpf_of(1) + "\"}]}",
      "no JSON: " + cpf_of(1),
  };
  for (const std::string& body : bodies)
    BOOST_REQUIRE(daemon.post(body).status == 200);
  BOOST_TEST(daemon.ctl({"erase", "--document", cpf_of(1)}).starts_with("erased: 0 queries, 4 postbacks"));
  for (const std::string& body : bodies)
    BOOST_TEST(daemon.post(body).status == 200);
  BOOST_TEST(daemon.query("SELECT count(*), sum(repeats) FROM v_postbacks") == "4|4");
  daemon.query("INSERT INTO queries (query_id) VALUES ('stranger'), ('noticed')");
  BOOST_TEST(daemon.query("SELECT group_concat(DISTINCT state) FROM v_queries") == "pending");
  BOOST_TEST(files_with(cpf_of(1)) == 0);
}

BOOST_AUTO_TEST_CASE(copies_beside_the_store_are_named_until_they_are_gone)
{
  keep("q-1", 1);
  const std::string copy = daemon.store().string() + ".before-restore";
  std::ofstream(copy) << cpf_of(1);
  std::ofstream(daemon.store().string() + ".schema-3") << "x";
  const Output output = run(command({"erase", "--document", cpf_of(1)}));
  BOOST_TEST(output.code == 1);
  BOOST_TEST(output.out.find("'" + copy + "' was not looked into") != std::string::npos, output.out);
  BOOST_TEST(output.out.find(".schema-3' was not looked into") != std::string::npos, output.out);
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_queries WHERE erased_at IS NOT NULL") == "1");
  std::filesystem::remove(copy);
  std::filesystem::remove(daemon.store().string() + ".schema-3");
  BOOST_TEST(run(command({"erase", "--document", cpf_of(1)})).code == 2); // nothing is left
}

BOOST_AUTO_TEST_CASE(it_works_without_a_daemon_and_for_large_bodies)
{
  daemon.query("INSERT INTO queries (query_id) VALUES ('q-1')");
  const std::string filling(3 << 20, 'x');
  BOOST_REQUIRE(
      daemon.post(R"({"QueryId":"q-1","Result":[")" + filling + cpf_of(2) + "-" + filling + "\"]}").status ==
      200);
  BOOST_TEST(daemon.stop() == 0);
  BOOST_TEST(files_with(cpf_of(2)) > 0);
  BOOST_TEST(
      run(command({"erase", "--document", cpf_of(2)})).out.starts_with("erased: 1 queries, 1 postbacks"));
  BOOST_TEST(files_with(cpf_of(2)) == 0);
  BOOST_TEST(run(command({"erase", "--document", "12345"})).out.find("expected a CPF") != std::string::npos);
  BOOST_TEST(run(command({"erase"})).code == 64);
}

// What a review found: ways for the data to come back.
BOOST_AUTO_TEST_CASE(an_erased_query_takes_nothing_from_other_programs)
{
  const std::string c_1 = std::string(31, 'c') + "1";
  const std::string c_2 = std::string(31, 'c') + "2";
  daemon.query("INSERT INTO queries (correlation, label) VALUES ('" + c_1 + "', '" + name_of(1) + "')");
  BOOST_TEST(daemon.ctl({"erase", "--query", c_1}).starts_with("erased: 1 queries"));
  // Its result came to the route, before the QueryId was known.
  BOOST_REQUIRE(daemon.post(result_of("q-1", 1)).status == 200);
  BOOST_REQUIRE(daemon.post(std::string(3 << 20, ' ') + result_of("q-1", 1)).status == 200);
  daemon.query("INSERT INTO queries (query_id, correlation, label) VALUES ('q-1', '" + c_1 + "', '" +
               cpf_of(1) + "')");
  BOOST_TEST(daemon.query("SELECT state, query_id, label FROM v_queries") == "closed|q-1|");
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_postbacks WHERE removed_at IS NULL") == "0");
  BOOST_TEST(daemon.query("SELECT group_concat(event) FROM v_events") == "closed,erased");
  BOOST_TEST(eventually([&] { return files_with(cpf_of(1)) == 0; })); // the daemon empties the WAL
  // The same when two rows turn out to be one.
  daemon.query("INSERT INTO queries (correlation) VALUES ('" + c_2 + "')");
  daemon.query("INSERT INTO queries (query_id, label) VALUES ('q-2', '" + name_of(2) + "')");
  BOOST_REQUIRE(daemon.post(result_of("q-2", 2)).status == 200);
  BOOST_TEST(daemon.ctl({"erase", "--query", c_2}).starts_with("erased: 1 queries"));
  daemon.query("INSERT INTO queries (query_id, correlation) VALUES ('q-2', '" + c_2 + "')");
  BOOST_TEST(daemon.query("SELECT label, erased_at IS NOT NULL FROM v_queries WHERE query_id = 'q-2'") ==
             "|1");
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_results") == "0");
  BOOST_TEST(eventually([&] { return files_with(cpf_of(2)) == 0; }));
}

BOOST_AUTO_TEST_CASE(a_large_result_of_an_erased_query_is_gone_soon)
{
  keep("q-1", 1);
  daemon.ctl({"erase", "--query", "q-1"});
  const std::string large =
      R"({"QueryId":"q-1","Result":[")" + std::string(3 << 20, 'x') + cpf_of(1) + "\"]}";
  BOOST_REQUIRE(daemon.post(large).status == 200);
  BOOST_TEST(eventually([&] { return files_with(cpf_of(1)) == 0; }));
}

BOOST_AUTO_TEST_CASE(a_reader_that_holds_the_wal_keeps_no_postback_waiting)
{
  keep("q-1", 1);
  Process reader(
      {"sqlite3", "-readonly", daemon.store().string(),
       "BEGIN; SELECT count(*) FROM v_queries; SELECT sum(value) FROM generate_series(1, 4000000000);"});
  yield_to_others();
  Process erasing(command({"erase", "--query", "q-1"}), {.output = daemon.directory() / "erase"});
  BOOST_TEST(eventually([&] { return daemon.query("SELECT count(*) FROM v_erasures") == "1"; }));
  auto slowest = std::chrono::steady_clock::duration(0);
  for (int i = 0; i < 300; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    BOOST_REQUIRE(daemon.post(R"({"QueryId":"other-)" + std::to_string(i) + "\"}").status == 200);
    slowest = std::max(slowest, std::chrono::steady_clock::now() - begin);
  }
  BOOST_TEST((slowest < std::chrono::seconds(2)));
  reader.send_signal(SIGKILL);
  BOOST_TEST(erasing.wait() == 0);
  BOOST_TEST(files_with(cpf_of(1)) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
