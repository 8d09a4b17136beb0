// Wrong requests to the applications' API: each has its answer, and changes nothing.
#include <span>

#include "daemon/api_fixture.hpp"

using namespace postbackd::test;

namespace
{

constexpr auto none = "";
constexpr auto shop = "token-0123456789-of-shop";
constexpr auto ledger = "token-0123456789-of-ledger";
constexpr auto audit = "token-0123456789-of-audit";
constexpr auto q = "/v1/queries";
constexpr auto unknown = "/v1/queries/00000000000000000000000000000000";

struct Row {
  const char* method;
  std::string target;
  const char* token;
  std::string body;
  int status;
  const char* field; // of the problem; empty: none
};

// Strangers: the same answer everywhere.
const Row strangers[] = {
    {"GET", q, none, "", 401, ""},
    {"GET", q, "wrong", "", 401, ""},
    {"GET", q, "token-0123456789-of-shop2", "", 401, ""},
    {"GET", q, "token-0123456789-of-sho", "", 401, ""},
    {"GET", q, "TOKEN-OF-SHOP", "", 401, ""},
    {"POST", q, none, R"({"query_id":"x"})", 401, ""},
    {"POST", "/v1/hooks", none, "{}", 401, ""},
    {"GET", "/v1/events", none, "", 401, ""},
    {"GET", "/v1/queries/q-1", none, "", 401, ""},
    {"GET", "/", none, "", 401, ""},
    {"GET", "/metrics", none, "", 401, ""},
    {"GET", "/v1/nothing", none, "", 401, ""},
    {"DELETE", q, none, "", 401, ""},
};

const Row scopes[] = {
    {"POST", q, ledger, R"({"api":"people","datasets":"d","q":"doc{1}"})", 403, ""},
    {"POST", q, audit, R"({"query_id":"x"})", 403, ""},
    {"POST", "/v1/hooks", audit, "{}", 403, ""},
    {"POST", "/v1/queries/q-1/close", ledger, R"({"reason":"r"})", 403, ""},
    {"POST", "/v1/queries/q-1/close", audit, R"({"reason":"r"})", 403, ""},
    {"GET", "/v1/queries/q-1", ledger, "", 404, ""},
    {"GET", "/v1/queries/q-1/result", ledger, "", 404, ""},
    {"GET", "/v1/queries/q-1/body", ledger, "", 404, ""},
    {"POST", q, ledger, R"({"query_id":"q-1"})", 409, "query_id"},
};

const Row paths[] = {
    {"GET", "/v1/nothing", shop, "", 404, ""},
    {"GET", "/v1/queries/", shop, "", 404, ""},
    {"GET", "/v1/queries/q-1/else", shop, "", 404, ""},
    {"GET", unknown, shop, "", 404, ""},
    {"GET", std::string(unknown) + "/result", shop, "", 404, ""},
    {"GET", std::string(unknown) + "/body", shop, "", 404, ""},
    {"POST", std::string(unknown) + "/close", shop, R"({"reason":"r"})", 404, ""},
    {"GET", "/v1/queries/q-1/body", shop, "", 404, ""}, // it has none yet
    {"DELETE", q, shop, "", 405, ""},
    {"PUT", "/v1/queries/q-1", shop, "{}", 405, ""},
    {"POST", "/v1/events", shop, "{}", 405, ""},
    {"GET", "/v1/hooks", shop, "", 405, ""},
};

const Row parameters[] = {
    {"GET", "/v1/queries?state=done", shop, "", 400, "state"},
    {"GET", "/v1/queries?limit=0", shop, "", 400, "limit"},
    {"GET", "/v1/queries?limit=1001", shop, "", 400, "limit"},
    {"GET", "/v1/queries?limit=ten", shop, "", 400, "limit"},
    {"GET", "/v1/queries?after=-1", shop, "", 400, "after"},
    {"GET", "/v1/queries?after=99999999999999999999", shop, "", 400, "after"},
    {"GET", "/v1/queries?stat=pending", shop, "", 400, "stat"},
    {"GET", "/v1/queries?label=a&label=b", shop, "", 400, "label"},
    {"GET", "/v1/queries/q-1?wait=61", shop, "", 400, "wait"},
    {"GET", "/v1/queries/q-1?wait=-1", shop, "", 400, "wait"},
    {"GET", "/v1/queries/q-1?wait=1s", shop, "", 400, "wait"},
    {"GET", "/v1/queries/q-1/result?after=1", shop, "", 400, "after"},
    {"GET", "/v1/events?after=x", shop, "", 400, "after"},
    {"GET", "/v1/events?after=1&after=2", shop, "", 400, "after"},
    {"GET", "/v1/events?wait=600", shop, "", 400, "wait"},
    {"GET", "/v1/events?limit=0", shop, "", 400, "limit"},
    {"GET", "/v1/events?since=1", shop, "", 400, "since"},
};

const Row bodies[] = {
    {"POST", q, shop, "", 400, ""},
    {"POST", q, shop, "nonsense", 400, ""},
    {"POST", q, shop, "[]", 400, ""},
    {"POST", q, shop, "{}", 400, ""},
    {"POST", q, shop, R"({"query_id":"x","q":"doc{1}"})", 400, ""},
    {"POST", q, shop, R"({"query_id":"x","tag":"y"})", 400, "tag"},
    {"POST", q, shop, R"({"query_id":"x","label":"y","Label":"y"})", 400, "Label"},
    {"POST", q, shop, R"({"query_id":"x","query_id":"y"})", 400, "query_id"},
    {"POST", q, shop, R"({"query_id":5})", 400, "query_id"},
    {"POST", q, shop, R"({"query_id":""})", 400, "query_id"},
    {"POST", q, shop, R"({"query_id":"a b"})", 400, "query_id"},
    {"POST", q, shop, R"({"query_id":"{x}"})", 400, "query_id"},
    {"POST", q, shop, R"({"query_id":")" + std::string(129, 'x') + "\"}", 400, "query_id"},
    {"POST", q, shop, R"({"query_id":"x","label":5})", 400, "label"},
    {"POST", q, shop, R"({"query_id":"x","label":"a\nb"})", 400, "label"},
    {"POST", q, shop, R"({"query_id":"x","label":")" + std::string(1025, 'x') + "\"}", 400, "label"},
    {"POST", q, shop, R"({"query_id":"x","metadata":"text"})", 400, "metadata"},
    {"POST", q, shop, R"({"query_id":"x","metadata":[1]})", 400, "metadata"},
    {"POST", q, shop, R"({"query_id":"x","metadata":{"a":")" + std::string(4096, 'x') + "\"}}", 400,
     "metadata"},
    {"POST", q, shop, R"({"query_id":"x","deadline":"soon"})", 400, "deadline"},
    {"POST", q, shop, R"({"query_id":"x","deadline":"2020-01-01T00:00:00Z"})", 400, "deadline"},
    {"POST", q, shop, R"({"query_id":"x","deadline":10})", 400, "deadline"},
    {"POST", q, shop, R"({"api":"people","datasets":"d","q":"doc{1}"})", 409, ""}, // no [platform]
    {"POST", q, shop, R"({"api":"peple","datasets":"d","q":"doc{1}"})", 400, "api"},
    {"POST", q, shop, R"({"api":"people","q":"doc{1}"})", 400, "datasets"},
    {"POST", q, shop, R"({"api":"people","datasets":"d","q":"1"})", 400, "q"},
    {"POST", q, shop, R"({"query_id":"x","label":")" + std::string(70'000, 'x') + "\"}", 413, ""},
    {"POST", "/v1/hooks", shop, R"({"route":"/nowhere"})", 400, "route"},
    {"POST", "/v1/hooks", shop, R"({"query_id":"x"})", 400, "query_id"},
    {"POST", "/v1/queries/q-1/close", shop, "{}", 400, "reason"},
    {"POST", "/v1/queries/q-1/close", shop, R"({"reason":""})", 400, "reason"},
    {"POST", "/v1/queries/q-1/close", shop, R"({"why":"r"})", 400, "why"},
};

struct Errors : ApiFixture {
  void check(const Row& row)
  {
    const Answer answer =
        call({.method = row.method, .target = row.target, .token = row.token, .body = row.body});
    const std::string what = std::string(row.method) + " " + row.target + " " + row.body.substr(0, 80);
    BOOST_TEST(answer.status == row.status, what << ": " << answer.status << " " << answer.body);
    if (row.status == 413) return; // before the API sees it
    BOOST_TEST(answer.header.find("application/problem+json") != std::string::npos, what);
    BOOST_TEST(member(answer.body, "status") == std::to_string(row.status), what);
    BOOST_TEST(member(answer.body, "field") == row.field, what << ": " << answer.body);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(api_errors, Errors)

BOOST_AUTO_TEST_CASE(each_wrong_request_has_its_answer_and_changes_nothing)
{
  register_query("q-1");
  const auto rows = [&] {
    return daemon->query("SELECT group_concat(id || state || coalesce(label, '')) FROM queries") +
           daemon->query("SELECT count(*) FROM events");
  };
  const std::string before = rows();
  int count = 0;
  for (const auto& table :
       {std::span<const Row>(strangers), std::span<const Row>(scopes), std::span<const Row>(paths),
        std::span<const Row>(parameters), std::span<const Row>(bodies)})
    for (const Row& row : table) {
      check(row);
      ++count;
    }
  BOOST_TEST(count >= 60);
  BOOST_TEST(rows() == before);
}

BOOST_AUTO_TEST_CASE(a_stranger_learns_no_path)
{
  const Answer answer = get("/v1/queries", "");
  for (const char* path : {"/", "/v1/queries/q-1", "/v1/nothing"})
    BOOST_TEST(get(path, "").body == answer.body);
  BOOST_TEST(answer.header.find("WWW-Authenticate: Bearer") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_refused_registration_changes_nothing_of_the_owners)
{
  BOOST_TEST(post("/v1/queries", R"({"query_id":"q-1","label":"mine"})").status == 201);
  BOOST_TEST(post("/v1/queries", R"({"query_id":"q-1","label":"theirs","metadata":{"a":1}})", ledger,
                  {"Idempotency-Key: k"})
                 .status == 409);
  BOOST_TEST(daemon->query("SELECT client, label, key, metadata FROM v_queries") == "shop|mine||");
  // Nor does a program that uses the store, whatever the form of its INSERT.
  BOOST_TEST(post("/v1/queries", R"({"query_id":"q-2"})", shop, {"Idempotency-Key: k"}).status == 201);
  daemon->query(std::string(is_on_server() ? "INSERT" : "INSERT OR REPLACE") +
                " INTO queries (query_id, client, key) VALUES ('q-3', 'shop', 'k')");
  BOOST_TEST(daemon->query("SELECT group_concat(query_id) FROM queries") == "q-1,q-2");
}

BOOST_AUTO_TEST_CASE(a_key_belongs_to_one_question)
{
  const std::vector<std::string> key{"Idempotency-Key: order-1"};
  BOOST_TEST(post("/v1/queries", R"({"query_id":"q-1"})", shop, key).status == 201);
  BOOST_TEST(post("/v1/queries", R"({"query_id":"q-2"})", shop, key).status == 409);
  BOOST_TEST(post("/v1/queries", R"({"query_id":"q-3"})", ledger, key).status == 201); // its own key
  BOOST_TEST(post("/v1/queries", R"({"query_id":"q-4"})", shop, {"Idempotency-Key: a", "Idempotency-Key: b"})
                 .status == 400);
  BOOST_TEST(daemon->query("SELECT group_concat(query_id) FROM queries") == "q-1,q-3");
}

BOOST_AUTO_TEST_SUITE_END()
