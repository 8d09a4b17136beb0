#pragma once

#include "http/channel.hpp"
#include "http/connection.hpp"
#include "http/limits.hpp"
#include "http/response.hpp"

namespace postbackd::http
{

// Sends the answer, with its document or its stream; without content only the header. Returns false if the
// client left, or did not take a piece within body_timeout.
boost::asio::awaitable<bool> write_response(Connection& connection, Channel& channel, const Limits& limits,
                                            Response response, bool keep_alive, base::TimePoint now,
                                            bool with_content);

} // namespace postbackd::http
