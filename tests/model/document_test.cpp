#include <boost/test/unit_test.hpp>

#include "model/document.hpp"
#include "model/postback.hpp"

using namespace postbackd;
using model::Content;
using model::DocumentType;
using model::PostbackKind;

BOOST_AUTO_TEST_SUITE(document)

BOOST_AUTO_TEST_CASE(a_document_is_a_cpf_an_email_or_neither)
{
  const std::pair<const char*, std::optional<DocumentType>> table[] = {
      {"12345678900", DocumentType::cpf},
      {"a@b.example", DocumentType::email},
      {"1234567890", std::nullopt},
      {"123.456.789-00", std::nullopt},
      {"@b.example", std::nullopt},
      {"a@b", std::nullopt},
      {"a b@c.example", std::nullopt},
      {"a@b.", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& [text, type] : table)
    BOOST_TEST((model::document_type_of(text) == type), text);
  BOOST_TEST((model::document_type_of_number(1) == DocumentType::cpf));
  BOOST_TEST((model::document_type_of_number(4) == DocumentType::email));
  BOOST_TEST(!model::document_type_of_number(2).has_value());
}

BOOST_AUTO_TEST_CASE(the_kind_of_a_postback_follows_its_content_and_its_query)
{
  using enum PostbackKind;
  for (const bool answered : {false, true}) {
    BOOST_TEST((model::kind_of(Content::undecodable, true, answered) == undecodable));
    BOOST_TEST((model::kind_of(Content::undecodable, false, answered) == undecodable));
    BOOST_TEST((model::kind_of(Content::notice, false, answered) == unmatched));
    BOOST_TEST((model::kind_of(Content::result, false, answered) == unmatched));
    BOOST_TEST((model::kind_of(Content::notice, true, answered) == notice));
    BOOST_TEST((model::kind_of(Content::result, true, answered) == (answered ? extra : result)));
  }
}

BOOST_AUTO_TEST_SUITE_END()
