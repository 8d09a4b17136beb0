#pragma once

#include <boost/asio/awaitable.hpp>

#include "http/connection.hpp"
#include "http/server_state.hpp"

namespace postbackd::http
{

// Serves the requests of one connection until it ends, each with the settings that are current when it
// begins. All arguments must outlive the call.
boost::asio::awaitable<void> serve(Connection& connection, ServerState& server,
                                   const std::shared_ptr<const Settings>& current);

} // namespace postbackd::http
