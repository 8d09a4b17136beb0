// Compiles Asio once (BOOST_ASIO_SEPARATE_COMPILATION), in the lowest module that uses it.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
