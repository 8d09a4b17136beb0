#include <boost/test/unit_test.hpp>

#include "model/fingerprint.hpp"

using namespace postbackd;

namespace
{

std::string of(const std::string& q, const std::string& datasets = "basic_data,phones",
               const std::string& api = "people")
{
  return model::fingerprint_of({.api = api, .datasets = datasets, .q = q});
}

} // namespace

BOOST_AUTO_TEST_SUITE(fingerprint)

BOOST_AUTO_TEST_CASE(order_blanks_and_punctuation_of_a_document_do_not_matter)
{
  const std::string plain = of("doc{12345678900},dateformat{dd/MM/yyyy}");
  BOOST_TEST(plain.size() == 16);
  for (const char* q :
       {"doc{123.456.789-00},dateformat{dd/MM/yyyy}", " doc{ 12345678900 } , dateformat{dd/MM/yyyy} ",
        "dateformat{dd/MM/yyyy},doc{12345678900}"})
    BOOST_TEST((of(q) == plain), q);
  for (const char* datasets : {"phones,basic_data", " basic_data , phones", "phones,basic_data,phones"})
    BOOST_TEST((of("doc{12345678900},dateformat{dd/MM/yyyy}", datasets) == plain), datasets);
}

BOOST_AUTO_TEST_CASE(everything_else_matters)
{
  const std::string plain = of("doc{12345678900}");
  for (const char* q : {"doc{12345678901}", "DOC{12345678900}", "name{12345678900}", "doc{12345678900},x{1}",
                        "doc{12345678900} and more", "doc{12345678900}}"})
    BOOST_TEST((of(q) != plain), q);
  BOOST_TEST((of("name{Ana Maria}") != of("name{AnaMaria}")));
  BOOST_TEST((of("doc{12345678900}", "basic_data") != plain));
  BOOST_TEST((of("doc{12345678900}", "basic_data,phones", "companies") != plain));
  // A comma inside a dataset's own parameters separates nothing.
  BOOST_TEST((of("doc{1}", "a.filter(x,y),b") != of("doc{1}", "a.filter(x,b),y")));
}

BOOST_AUTO_TEST_SUITE_END()
