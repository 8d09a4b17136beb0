#include <boost/test/unit_test.hpp>

#include "text/form.hpp"

using namespace postbackd::text;

namespace
{

// Writes `name=value|lone|…`, so that a table can compare forms.
std::string shown(const std::vector<FormField>& fields)
{
  std::string text;
  for (const FormField& field : fields)
    text += field.name.bytes() + (field.has_value ? "=" + field.value.bytes() : "") + "|";
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(form)

BOOST_AUTO_TEST_CASE(forms_decode_as_browsers_write_them)
{
  const std::pair<const char*, const char*> table[] = {
      {"a=1&b=2", "a=1|b=2|"}, {"a=1&a=2", "a=1|a=2|"},
      {"a+b=c+d", "a b=c d|"}, {"%7B%7d", "{}|"},
      {"a=%E3", "a=\xE3|"},    {"a=b=c", "a=b=c|"},
      {"=x", "=x|"},           {"a=", "a=|"},
      {"&&a=1&&", "a=1|"},     {"a=%", "a=%|"},
      {"a=%4", "a=%4|"},       {"a=%zz%41", "a=%zzA|"},
      {"a=100%25", "a=100%|"}, {"", ""},
      {"lone", "lone|"},       {"a=%2B%26%3D", "a=+&=|"},
  };
  for (const auto& [bytes, expected] : table)
    BOOST_TEST(shown(parse_form(bytes)) == expected, bytes);
}

BOOST_AUTO_TEST_CASE(a_form_with_too_many_fields_is_refused)
{
  std::string many = "a";
  for (std::size_t i = 0; i < most_form_fields; ++i)
    many += "&a";
  BOOST_TEST(parse_form(many).empty());
}

BOOST_AUTO_TEST_SUITE_END()
