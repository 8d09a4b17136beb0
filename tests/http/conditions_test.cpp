#include <boost/test/unit_test.hpp>

#include "http/conditions.hpp"

using namespace postbackd::http;

namespace
{

RequestHead head_of(std::string_view name, std::string_view value)
{
  RequestHead head;
  head.fields = {{name, value}};
  return head;
}

} // namespace

BOOST_AUTO_TEST_SUITE(conditions)

BOOST_AUTO_TEST_CASE(gzip_is_accepted_where_it_is_named_with_a_weight)
{
  for (const char* good : {"gzip", "GZIP", "x-gzip", "br, gzip", "gzip;q=0.5", "gzip ; q=1", "*",
                           "identity;q=0, *;q=0.1", "deflate,gzip;q=0.001"})
    BOOST_TEST(accepts_gzip(head_of("Accept-Encoding", good)), good);
  for (const char* bad : {"", "identity", "notgzip", "gzipped", "gzip;q=0", "gzip; q = 0", "gzip;q=0.000",
                          "*;q=0", "*, gzip;q=0", "br"})
    BOOST_TEST(!accepts_gzip(head_of("Accept-Encoding", bad)), bad);
  BOOST_TEST(!accepts_gzip({}));
}

BOOST_AUTO_TEST_CASE(a_version_is_known_by_its_whole_tag)
{
  for (const char* known : {"\"7\"", "W/\"7\"", "\"6\", \"7\"", "*", "\"6\" ,W/\"7\""})
    BOOST_TEST(has_version(head_of("If-None-Match", known), "\"7\""), known);
  for (const char* other : {"", "7", "\"77\"", "\"7-gzip\"", "W/\"8\""})
    BOOST_TEST(!has_version(head_of("If-None-Match", other), "\"7\""), other);
}

BOOST_AUTO_TEST_SUITE_END()
