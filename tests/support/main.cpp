#define BOOST_TEST_MODULE postbackd
#include <boost/test/unit_test.hpp>
