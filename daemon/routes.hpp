#pragma once

#include "admin/metrics.hpp"
#include "configuration/configuration.hpp"
#include "http/server_state.hpp"
#include "intake/postback_endpoint.hpp"
#include "store/store.hpp"

namespace postbackd
{

// Return the TLS context of [listen] and of [api], or nullptr if it has none. Throw base::Failure with a
// readable message.
std::shared_ptr<http::TlsContext> tls_context(const Reloadable& live);
std::shared_ptr<http::TlsContext> api_tls_context(const Reloadable& live);

// Calls the function; a base::Failure that it throws gets the name of the table and the key before its
// message.
template<class Function>
auto in_table(const char* table, const char* key, Function function)
{
  try {
    return function();
  } catch (const base::Failure& e) {
    throw base::Failure(e.error().code, std::string(table) + key + ": " + e.what());
  }
}

// Reads the credentials of all routes and puts their endpoints into the settings. Creates the query key
// beside the store if a route names none. Throws base::Failure with a readable message.
// Makes sure that all machines of the store have the same keys for the credentials of queries. Throws
// base::Failure.
void agree_on_query_keys(store::Store& store, const Reloadable& live, const std::filesystem::path& path);

void add_routes(http::Settings& settings, const Reloadable& live, const std::filesystem::path& store,
                intake::PostbackEndpoint::Dependencies dependencies, admin::Metrics& metrics);

} // namespace postbackd
