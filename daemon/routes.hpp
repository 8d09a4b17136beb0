#pragma once

#include "admin/metrics.hpp"
#include "configuration/configuration.hpp"
#include "http/server_state.hpp"
#include "intake/postback_endpoint.hpp"

namespace postbackd
{

// The TLS of [listen]; none where it has none. Throws base::Failure with a sentence for people.
std::shared_ptr<boost::asio::ssl::context> tls_context(const Reloadable& live);

// Reads the credentials of all routes and puts their endpoints into the settings. Makes the query key beside
// the store where a route names none. Throws base::Failure with a sentence for people.
void add_routes(http::Settings& settings, const Reloadable& live, const std::filesystem::path& store,
                intake::PostbackEndpoint::Dependencies dependencies, admin::Metrics& metrics);

} // namespace postbackd
