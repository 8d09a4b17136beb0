#pragma once

#include "admin/metrics.hpp"
#include "configuration/configuration.hpp"
#include "http/server_state.hpp"
#include "intake/postback_endpoint.hpp"

namespace postbackd
{

// Returns the TLS context of [listen], or nullptr if it has none. Throws base::Failure with a readable
// message.
std::shared_ptr<boost::asio::ssl::context> tls_context(const Reloadable& live);

// Reads the credentials of all routes and puts their endpoints into the settings. Creates the query key
// beside the store if a route names none. Throws base::Failure with a readable message.
void add_routes(http::Settings& settings, const Reloadable& live, const std::filesystem::path& store,
                intake::PostbackEndpoint::Dependencies dependencies, admin::Metrics& metrics);

} // namespace postbackd
