#include <boost/test/unit_test.hpp>

#include <ostream>

#include "model/body_table.hpp"
#include "model/decoder.hpp"
#include "support/spool.hpp"

using postbackd::base::Blob;
using namespace postbackd::model;
using namespace postbackd::test;

namespace
{

DecoderOptions test_options() { return {.most_decoded = 1 << 20, .prefer_utf8 = true}; }

std::string shown(const std::optional<std::string>& text) { return text.value_or(nothing); }
std::string shown(const std::optional<Blob>& text) { return text ? text->bytes() : nothing; }

} // namespace

BOOST_AUTO_TEST_SUITE(decoder)

BOOST_AUTO_TEST_CASE(each_body_becomes_its_envelope)
{
  const auto table = rows();
  BOOST_TEST(table.size() >= 40u);
  for (const Row& row : table) {
    BOOST_TEST_CONTEXT(row.name)
    {
      const Envelope envelope = decode({Blob(row.body), row.content_type, row.encoding}, test_options());
      BOOST_TEST(to_text(envelope.content) == to_text(row.content));
      BOOST_TEST(shown(envelope.query_id) == row.query_id);
      BOOST_TEST((envelope.status ? std::string(to_text(*envelope.status)) : nothing) == row.status);
      BOOST_TEST(envelope.charset == row.charset);
      const bool is_document = envelope.content != Content::undecodable;
      BOOST_TEST((is_document && !envelope.json ? as_it_came : shown(envelope.json)) == row.json);
      BOOST_TEST(is_document == envelope.problem.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_body_in_a_file_becomes_the_same_envelope)
{
  DiskSpool disk;
  for (const Row& row : rows()) {
    BOOST_TEST_CONTEXT(row.name)
    {
      const Envelope in_memory = decode({Blob(row.body), row.content_type, row.encoding}, test_options());
      const Envelope envelope = decode({disk.blob(row.body), row.content_type, row.encoding}, test_options());
      BOOST_TEST(to_text(envelope.content) == to_text(in_memory.content));
      BOOST_TEST(shown(envelope.query_id) == shown(in_memory.query_id));
      BOOST_TEST((envelope.status == in_memory.status));
      BOOST_TEST(envelope.charset == in_memory.charset);
      BOOST_TEST((envelope.json == in_memory.json));
      BOOST_TEST(envelope.problem.empty() == in_memory.problem.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_utf8_guard_can_be_switched_off)
{
  const std::string body = "{\"QueryId\":\"q-1\",\"n\":\"S\xC3\xA3o\"}";
  DecoderOptions options = test_options();
  options.prefer_utf8 = false;
  const Envelope envelope = decode({Blob(body), seed, ""}, options);
  BOOST_TEST(envelope.charset == "iso-8859-1");
  BOOST_TEST(shown(envelope.json) == "{\"QueryId\":\"q-1\",\"n\":\"S\xC3\x83\xC2\xA3o\"}");
}

BOOST_AUTO_TEST_CASE(a_copy_too_large_for_a_row_is_not_made)
{
  DecoderOptions options = test_options();
  options.most_json = 100;
  const std::string body = "{\"QueryId\":\"q-1\",\"n\":\"" + std::string(80, '\xE3') + "\"}";
  const Envelope envelope = decode({Blob(body), seed, ""}, options);
  BOOST_TEST((envelope.content == Content::undecodable));
  BOOST_TEST(shown(envelope.query_id) == "q-1");
  BOOST_TEST(shown(envelope.json) == nothing);
}

BOOST_AUTO_TEST_CASE(a_problem_names_the_place_and_not_the_person)
{
  const Envelope envelope = decode({Blob(R"({"n":"MARIA "x" "})"), seed, ""}, test_options());
  BOOST_TEST(envelope.problem.find("at byte") != std::string::npos);
  BOOST_TEST(envelope.problem.find("MARIA") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
