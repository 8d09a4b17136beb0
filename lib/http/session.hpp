#pragma once

#include <boost/asio/awaitable.hpp>

#include "http/connection.hpp"
#include "http/server.hpp"

namespace postbackd::http
{

// Serves the requests of one connection until it ends. Both must outlive the call.
boost::asio::awaitable<void> serve(Connection& connection, Server& server);

} // namespace postbackd::http
