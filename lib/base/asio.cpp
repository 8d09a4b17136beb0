// Asio is compiled here once (BOOST_ASIO_SEPARATE_COMPILATION): the lowest module that uses it has it.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
