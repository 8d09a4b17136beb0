// A person's number or address in a text, in each spelling that a sender, a typist or a program gives it.
#include <boost/test/unit_test.hpp>

#include <vector>

#include "model/data_subject.hpp"

using postbackd::model::DataSubject;
using postbackd::model::SubjectSearch;

namespace
{

bool is_in_pieces(const DataSubject& subject, std::string_view text, std::size_t size)
{
  SubjectSearch search(subject);
  for (std::size_t at = 0; at < text.size(); at += size)
    search.add(text.substr(at, size));
  return search.add({});
}

// Whole, and cut anywhere.
void check(const DataSubject& subject, const std::string& text, bool expected,
           const std::vector<std::size_t>& sizes = {1, 2, 3, 7})
{
  BOOST_TEST(subject.is_in(text) == expected, text);
  for (const std::size_t size : sizes)
    BOOST_TEST(is_in_pieces(subject, text, size) == expected, text << " in pieces of " << size);
}

} // namespace

BOOST_AUTO_TEST_SUITE(data_subject)

BOOST_AUTO_TEST_CASE(a_document_has_eleven_or_fourteen_digits)
{
  for (const char* right : {"123.456.789-00", "12345678900", "12.345.678/0001-99"})
    BOOST_TEST(DataSubject::of_document(right).has_value(), right);
  for (const char* wrong : {"", "1234567890", "123456789001", "1234567890a", "ana@example.com"})
    BOOST_TEST(!DataSubject::of_document(wrong), wrong);
}

BOOST_AUTO_TEST_CASE(a_document_is_found_in_its_spellings_and_not_in_longer_numbers)
{
  const auto cpf = DataSubject::of_document("12345678909").value();
  for (const std::string text : {"12345678909",
                                 "doc{12345678909}",
                                 "x 123.456.789-09, y",
                                 "a12345678909b",
                                 "112345678909 12345678909",
                                 "123 456 789 09",
                                 "123. 456. 789 - 09",
                                 R"("\u0031\u0032345678909")",
                                 R"(123\u002e456\u002E789\u002d09)",
                                 R"("\u002012345678909")",
                                 R"(x\n12345678909)",
                                 "q=%2012345678909",
                                 "123%2E456%2e789%2D09",
                                 "123+456+789+09",
                                 "%31%32%33%34%35%36%37%38%39%30%39",
                                 "123\xC2\xA0"
                                 "456\xC2\xA0"
                                 "789\xC2\xA0"
                                 "09", // no-break space
                                 "123\xE2\x80\x93"
                                 "456789\xE2\x80\x91"
                                 "09", // dashes
                                 "123%E2%80%93456789%C2%A009",
                                 R"(123\u00a0456\u2013789\u201109)",
                                 "123\xA0"
                                 "45678909", // ISO-8859-1
                                 "00012345678909",
                                 "000.123.456.789-09",
                                 R"({"n":00012345678909})"})
    check(cpf, text, true);
  for (const std::string text : {"", "112345678909", "123456789091", "1123.456.789-09", "123.456.789-091",
                                 "1234567890", "10012345678909", R"("\u003112345678909")", "%3112345678909",
                                 "12345678909%31", R"(12345678909\u0031)", "123....45678909", "123a45678909",
                                 "123\xC3\xA1"
                                 "45678909"})
    check(cpf, text, false);
  const auto cnpj = DataSubject::of_document("12345678000199").value();
  for (const std::string text : {R"("12.345.678\/0001-99")", "q=12.345.678%2F0001-99&", "12.345.678/0001-99"})
    check(cnpj, text, true);
}

// A program has made a number of it.
BOOST_AUTO_TEST_CASE(zeros_at_its_front_may_be_missing)
{
  const auto cpf = DataSubject::of_document("01234567890").value();
  for (const std::string text : {R"({"cpf":1234567890})", "012.345.678-90", "0001234567890"})
    check(cpf, text, true);
  for (const std::string text : {"11234567890", "101234567890", "234567890"})
    check(cpf, text, false);
  const auto many = DataSubject::of_document("00000000191").value(); // 191 would be anything
  check(many, "00000000191", true);
  check(many, "000000000191", true);
  for (const std::string text : {"191", "00000191"})
    check(many, text, false);
  const auto date = DataSubject::of_document("000.202.603-18").value(); // 20260318
  check(date, "00020260318", true);
  for (const std::string text : {"2026-03-18T10:00:00Z", "20260318", "2026.03.18", "0 2026-03-18"})
    check(date, text, false);
  const auto company = DataSubject::of_document("00.000.000/0001-91").value();
  check(company, "00000000000191", true);
  check(company, "00000191", false);
}

BOOST_AUTO_TEST_CASE(an_address_is_found_in_its_spellings_and_not_in_longer_ones)
{
  for (const char* wrong : {"", "ana", "ana@", "@example.com", "ana@example", "ana@.com", "a b@example.com",
                            "ana@exa mple.com", "ana@b@example.com"})
    BOOST_TEST(!DataSubject::of_email(wrong), wrong);
  const auto ana = DataSubject::of_email("Ana+x@Example.com").value();
  for (const std::string text :
       {"ana+x@example.com", "ANA+X@EXAMPLE.COM", "<ana+x@example.com>", "mail: ana+x@example.com.",
        "ana%2Bx%40example.com", R"("ana\u002bx\u0040example.com")", R"(a\n\u0041na+x@example.com)",
        R"(line\nana+x@example.com)", "q=%20ana+x@example.com&", "mail=ana%2Bx%40example.com&",
        "ana+x@example.com, b@example.com"})
    check(ana, text, true);
  for (const std::string text : {"joana+x@example.com", "ana+x@example.com.br", "ana+x@example.community",
                                 "ana@example.com", "b.ana+x@example.com", "ana+x@example-com"})
    check(ana, text, false);
}

// In a page of a store there is nothing between two texts.
BOOST_AUTO_TEST_CASE(anywhere_it_is_found_also_in_what_is_longer)
{
  const auto is_anywhere = [](const DataSubject& subject, std::string_view text) {
    SubjectSearch search(subject, true);
    return search.add(text) || search.add({});
  };
  const auto ana = DataSubject::of_email("ana@example.com").value();
  BOOST_TEST(is_anywhere(ana, "a077d6ana@example.compeople"));
  BOOST_TEST(!is_anywhere(ana, "ana@example.org"));
  const auto cpf = DataSubject::of_document("12345678909").value();
  BOOST_TEST(is_anywhere(cpf, "u11234567890942"));
  BOOST_TEST(!is_anywhere(cpf, "u1123456789142"));
  const auto zero = DataSubject::of_document("01234567890").value();
  BOOST_TEST(is_anywhere(zero, "u1012345678902"));
  BOOST_TEST(is_anywhere(zero, "u 1234567890 "));
  BOOST_TEST(!is_anywhere(zero, "u112345678902"));
}

BOOST_AUTO_TEST_CASE(it_is_found_far_into_a_text_that_comes_in_pieces)
{
  const auto cpf = DataSubject::of_document("12345678909").value();
  const std::string before(100'001, '7'); // a number of its own
  const std::vector<std::size_t> sizes{1'000, 4'096, 9'999};
  check(cpf, before + " 123.456.789-09" + std::string(9'000, 'x'), true, sizes);
  check(cpf, before + "12345678909" + std::string(9'000, 'x'), false, sizes);
  check(cpf, before + " 12345678909" + std::string(9'000, '1'), false, sizes);
}

BOOST_AUTO_TEST_SUITE_END()
