#include <boost/test/unit_test.hpp>

#include "model/personal_document.hpp"

using postbackd::model::PersonalDocument;

BOOST_AUTO_TEST_SUITE(personal_document)

BOOST_AUTO_TEST_CASE(it_has_eleven_or_fourteen_digits)
{
  BOOST_TEST(PersonalDocument::parse("123.456.789-00")->digits() == "12345678900");
  BOOST_TEST(PersonalDocument::parse("12345678900").has_value());
  BOOST_TEST(PersonalDocument::parse("12.345.678/0001-99")->digits() == "12345678000199");
  for (const char* wrong : {"", "1234567890", "123456789001", "1234567890a", "ana@example.com"})
    BOOST_TEST(!PersonalDocument::parse(wrong), wrong);
}

BOOST_AUTO_TEST_CASE(it_is_found_in_its_forms_and_not_in_longer_numbers)
{
  const auto cpf = PersonalDocument::parse("12345678900");
  for (const char* text : {"12345678900", "doc{12345678900}", "x 123.456.789-00, y", "a12345678900b",
                           "112345678900 12345678900"})
    BOOST_TEST(cpf->is_in(text), text);
  for (const char* text :
       {"", "112345678900", "123456789001", "1123.456.789-00", "123.456.789-001", "1234567890"})
    BOOST_TEST(!cpf->is_in(text), text);
  const auto cnpj = PersonalDocument::parse("12345678000199");
  for (const char* text : {R"("12.345.678\/0001-99")", "q=12.345.678%2F0001-99&", "12.345.678/0001-99"})
    BOOST_TEST(cnpj->is_in(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
