// What a handler sends to a remote Fanbase.
#include <boost/test/unit_test.hpp>

#include "fanbase/fandata_source.hpp"

using namespace postbackd;
using fanbase::FandataSource;

namespace
{

delivery::HandlerOptions options_of(const std::string& id, const std::string& cpf)
{
  delivery::HandlerOptions options;
  if (!id.empty()) options.settings["data_id"] = {id};
  if (!cpf.empty()) options.settings["data_cpf"] = {cpf};
  return options;
}

bool is_refused(const std::string& id, const std::string& cpf, const std::string& action)
{
  try {
    fanbase::fandata_of(options_of(id, cpf), action);
  } catch (const base::Failure&) {
    return true;
  }
  return false;
}

std::string data_of(const FandataSource& source)
{
  delivery::Delivery delivery;
  delivery.label = "fan-1";
  delivery.query_id = "Q-1";
  delivery.document = base::Blob(std::string(R"({"Result":[{"a":{"b":"52998224725"}},{"n":5}]})"));
  const base::Result<std::string> data = fanbase::data_of(source, delivery);
  return data ? *data : "refused: " + data.error().message;
}

} // namespace

BOOST_AUTO_TEST_SUITE(fandata_source)

BOOST_AUTO_TEST_CASE(an_update_needs_an_id_and_no_other_action_takes_one)
{
  BOOST_TEST(!is_refused("label", "", "update_fandata"));
  BOOST_TEST(!is_refused("$.a", "query_id", "update_fandata"));
  BOOST_TEST(!is_refused("", "", "ticket-create"));
  BOOST_TEST(is_refused("", "", "update_fandata"));
  BOOST_TEST(is_refused("", "label", "update_fandata"));
  BOOST_TEST(is_refused("label", "", "ticket-create"));
  BOOST_TEST(is_refused("", "label", "ticket-create"));
  BOOST_TEST(is_refused("key", "", "update_fandata"));
  BOOST_TEST(is_refused("label", "a.b", "update_fandata"));
}

BOOST_AUTO_TEST_CASE(members_are_found_by_their_path)
{
  BOOST_TEST(data_of({"label", ""}) == R"({"cpf":null,"id":"fan-1"})");
  BOOST_TEST(data_of({"query_id", "$.Result[0].a.b"}) == R"({"cpf":"52998224725","id":"Q-1"})");
  BOOST_TEST(data_of({"label", "$.Result[7].a"}) == R"({"cpf":null,"id":"fan-1"})");
  BOOST_TEST(data_of({"label", "$.Result[1].n"}) == R"({"cpf":null,"id":"fan-1"})"); // no text
  BOOST_TEST(data_of({"$.Result[0].a.c", ""}) == "refused: data_id: the result has no $.Result[0].a.c");
  BOOST_TEST(data_of({"$.", ""}).starts_with("refused"));
  BOOST_TEST(data_of({"$.[", ""}).starts_with("refused"));
}

BOOST_AUTO_TEST_CASE(another_action_sends_the_document)
{
  BOOST_TEST(data_of({}) == R"({"Result":[{"a":{"b":"52998224725"}},{"n":5}]})");
}

BOOST_AUTO_TEST_SUITE_END()
