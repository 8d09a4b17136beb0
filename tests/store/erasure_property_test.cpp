// Wherever a person's number stands in the store, however it is spelled, and whenever the erasure is killed:
// afterwards nothing of the text that had it is in any file; and in no backup that is put back.
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <random>
#include <set>

#include "store/columns.hpp"
#include "store/open.hpp"
#include "store/sqlite/erasure/erasure_list.hpp"
#include "store/store_fixture.hpp"
#include "store/tables/erasure/eraser.hpp"
#include "store/tables/erasure/erasure_search.hpp"

using namespace postbackd;
using namespace postbackd::test;
using store::sqlite::ErasureList;
using store::tables::Eraser;
using store::tables::ErasureSearch;

namespace
{

constexpr auto cpf = "52998224725"; // synthetic
constexpr auto mark =
    "NOTHING-OF-THIS-STAYS"; // beside it, so that the search is not asked what it has missed

std::string spelled(int way)
{
  switch (way) {
  case 0:
    return "52998224725";
  case 1:
    return "529.982.247-25";
  case 2:
    return "529 982 247 25";
  case 3:
    return R"(\u0035\u00329.982.247-25)";
  case 4:
    return "%35%32998%2E224725";
  case 5:
    return "00052998224725";
  case 6:
    return "529\xE2\x80\x93"
           "982247\xC2\xA0"
           "25";
  default:
    return "\\u002052998224725";
  }
}
constexpr int ways = 8;

struct PropertyFixture : StoreFixture {
  std::mt19937 random{4711};

  int one_of(std::size_t count) { return static_cast<int>(random() % count); }

  // A row in every table.
  void populate()
  {
    open();
    tell("INSERT INTO queries (query_id, correlation, label) VALUES ('q-1', "
         "'00112233445566778899aabbccddeeff', 'x')");
    BOOST_REQUIRE(keep(postback_of(result_of("q-1"))).has_value());
    BOOST_REQUIRE(keep(postback_of(result_of("stranger"))).has_value());
    store.reset();
    tell("INSERT INTO queries (query_id, label, group_name) VALUES ('q-2', 'x', 'g');"
         "INSERT INTO usage (day, client, api) VALUES ('2026-01-01', 'c', 'people');"
         "INSERT INTO submissions (correlation, route, q, deadline) VALUES "
         "('00112233445566778899aabbccddeeff', '/postback', 'x', 60);"
         "INSERT INTO submissions (correlation, route, q, deadline) VALUES ('lone', '/postback', 'x', 60);"
         "INSERT INTO recoveries (query_row, why, last_error) SELECT id, 'overdue', 'x' FROM queries WHERE "
         "query_id = 'q-2';"
         "INSERT INTO deliveries (event_id, handler, state, created_at) SELECT id, 'h', 'done', created_at "
         "FROM events;"
         "INSERT INTO attempts (delivery, attempt, started_at) SELECT id, 1, created_at FROM deliveries;"
         "INSERT INTO handlers (name, kind, first_event) VALUES ('h', 'exec', 0); INSERT INTO audit (at, "
         "client, "
         "action, query) VALUES ('2026', 'c', 'result', 'q-1'); INSERT INTO fans (document, type) VALUES "
         "('x', 1);"
         "INSERT INTO app_users (user_id, document, document_type) VALUES ('u', 'x', 1);"
         "INSERT INTO app_registrations VALUES ('u', 'app', 'ios', 'c', '2026');"
         "INSERT INTO app_events (user_id, event_name, event_value, event_date, event_at, app_name, client, "
         "created_at)"
         " VALUES ('u', 'e', 'v', '2026', '2026', 'app', 'c', '2026');"
         "INSERT INTO fanbase_sent VALUES ('k', 'r', '2026');"
         "INSERT INTO queue_objects (id, client, action, created_at, state, request) VALUES ('o', 'c', 'a', "
         "'2026', 'completed', '{}')");
    clock.advance(std::chrono::seconds(1));
  }

  std::vector<std::string> all(const std::string& sql)
  {
    sqlite::Connection reader = connect(sqlite::Connection::Mode::read);
    SQLite::Statement find(reader.database().raw(), sql);
    std::vector<std::string> texts;
    while (find.executeStep())
      texts.push_back(find.getColumn(0).getString());
    return texts;
  }
  // The columns that may have a text, as `table.column`.
  std::vector<std::string> columns()
  {
    return all(
        "SELECT t.name || '.' || c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c "
        "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND c.type IN ('TEXT', 'BLOB') ORDER BY 1");
  }
  // Whether the table takes such a text there.
  bool put(const std::string& column, const std::string& text)
  {
    const std::size_t dot = column.find('.');
    const std::string table = column.substr(0, dot);
    const std::string name = column.substr(dot + 1);
    const std::string type = name == "raw" || name == "json" || name == "bytes" ? "CAST(?1 AS BLOB)" : "?1";
    const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 k=";
    for (const std::string& value : {text, "{\"m\":\"" + text + "\"}", trace + text})
      for (const std::string& rows :
           {std::string(), " WHERE rowid = (SELECT max(rowid) FROM " + table + ")"}) {
        sqlite::Connection writer = connect(sqlite::Connection::Mode::existing);
        try {
          SQLite::Statement update(writer.database().raw(),
                                   "UPDATE " + table + " SET " + name + " = " + type + rows);
          update.bind(1, value);
          return update.exec() > 0;
        } catch (const SQLite::Exception&) {
          continue; // a CHECK, or it is unique
        }
      }
    return false;
  }
  store::ToErase person() const { return {.subject = model::DataSubject::of_document(cpf)}; }

  // Ends at a transaction, as if it was killed.
  void erase_and_end_at(int last)
  {
    auto connection = connect(sqlite::Connection::Mode::existing);
    sql::Database& database = connection.database();
    const auto write = [&](const std::function<void(sql::Database&)>& work) {
      if (last-- == 0) throw std::runtime_error("killed");
      in_transaction(database, [&] { work(database); });
    };
    const auto note = [this](sql::Database& reader, const store::tables::FoundToErase& found,
                             base::TimePoint now) { ErasureList(options.path).add(reader, found, now); };
    try {
      const auto found = ErasureSearch(database).find(person(), {});
      Eraser(database, {.write = write, .note = note}).erase(found, "document", "tester", clock.now());
    } catch (const std::runtime_error&) {
    }
  }
  void back_up(const std::filesystem::path& to)
  {
    std::ofstream(to).close();
    store::open_operator(options.path, options.busy_timeout, store::Access::read)->archive().back_up(to, {});
  }
  // Of this store.
  std::vector<std::string> files_with_mark() const
  {
    std::vector<std::string> files;
    for (const auto& file : std::filesystem::directory_iterator(directory.path()))
      if (file.path().string().starts_with(options.path.string()) &&
          read_file(file.path()).find(mark) != std::string::npos)
        files.push_back(file.path().string());
    return files;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(erasure_property, PropertyFixture)

BOOST_AUTO_TEST_CASE(no_column_keeps_a_person_and_no_backup_brings_one_back)
{
  options.path = directory / "first.sqlite3";
  populate();
  const std::filesystem::path made = options.path;
  std::set<std::string> refused;
  int tried = 0;
  for (const std::string& column : columns()) {
    if (ours.contains(column) || column.starts_with("alerts.") || column.starts_with("refusals.")) continue;
    options.path = directory / (column + ".sqlite3");
    std::filesystem::copy_file(made, options.path);
    const int way = column == "queries.trace" ? 4 : one_of(ways); // it takes ASCII only
    if (!put(column, std::string(mark) + " " + spelled(way)) && !put(column, mark + spelled(way))) {
      refused.insert(column);
      continue;
    }
    ++tried;
    const std::string where = column + " as " + spelled(way);
    const TemporaryDirectory elsewhere;
    const std::filesystem::path backup = elsewhere / "backup";
    back_up(backup);
    erase_and_end_at(one_of(6));
    {
      const auto operators = store::open_operator(options.path, options.busy_timeout, store::Access::write);
      operators->archive().erase(person(), "tester", false, clock.now(), {});
      BOOST_TEST(operators->archive().complete_erasure(person()).empty(), where);
    }
    BOOST_TEST(files_with_mark() == std::vector<std::string>{}, where);
    BOOST_TEST(read_file(options.path.string() + ".erasures").find("52998224725") == std::string::npos,
               where);
    BOOST_TEST(read_file(backup).find(mark) != std::string::npos, where);
    store::restore(backup, options.path, true, clock.now());
    std::filesystem::remove(options.path.string() + ".before-restore");
    BOOST_TEST(files_with_mark() == std::vector<std::string>{}, where);
    if (tried % 4 != 0) continue;
    // Once more there is nothing to do, and nothing is said.
    back_up(backup);
    BOOST_TEST(store::restore(backup, options.path, true, clock.now()).is_nothing(), where);
    open();
    store.reset();
    BOOST_TEST(ask("PRAGMA integrity_check") == "ok", where);
  }
  BOOST_TEST(tried > 30);
  // Words that a CHECK bounds.
  BOOST_TEST(refused == checked, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
