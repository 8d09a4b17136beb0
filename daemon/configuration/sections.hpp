#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "configuration/configuration.hpp"
#include "configuration/toml_section.hpp"

// The tables of the configuration, one function each. Errors go to the section's complaints.
namespace postbackd
{

// settings_sections.cpp
void read_process(TomlSection section, Configuration& configuration);
void read_store(TomlSection section, Configuration& configuration);
void read_listen(TomlSection section, Configuration& configuration);
void read_limits(TomlSection section, Configuration& configuration);
void read_keep(TomlSection section, Configuration& configuration);
void read_queries(TomlSection section, Configuration& configuration);
void read_log(TomlSection section, Configuration& configuration);
void read_alerts(TomlSection section, Configuration& configuration);
void read_admin(TomlSection section, Configuration& configuration);

// api_section.cpp
void read_api(TomlSection& root, Configuration& configuration);

// route_section.cpp
void read_routes(TomlSection& root, Configuration& configuration, Complaints& complaints);

// handler_section.cpp
// With `kinds`, also checks that the handler's kind declares each key.
void read_handlers(TomlSection& root, Configuration& configuration, const delivery::HandlerRegistry* kinds);

// platform_section.cpp: after the routes
void read_platform(TomlSection& root, Configuration& configuration);

// fanbase_section.cpp
void read_fanbase(TomlSection& root, Configuration& configuration);

// Readers of values that several tables have.
std::optional<CredentialReference> credential(TomlSection& section, std::string_view key);
std::vector<CredentialReference> credentials(TomlSection& section, std::string_view key);
// A file of TLS: its path, `file:PATH` or `credential:NAME`.
std::optional<CredentialReference> tls_file(TomlSection& section, std::string_view key);
// Returns the URL without a slash at its end.
std::optional<std::string> url(TomlSection& section, std::string_view key);

void read_retry(TomlSection section, model::RetryPolicy& retry);
std::vector<http::Network> networks(TomlSection& section, std::string_view key);

constexpr std::chrono::milliseconds an_hour = std::chrono::hours(1);
constexpr std::chrono::milliseconds a_year = std::chrono::days(366);
constexpr std::int64_t any_count = 1'000'000;

constexpr auto expected_credential = "expected \"credential:NAME\" or \"file:PATH\", never the secret itself";

// Sets the member if the key is present and right.
template<class Member, class Value>
void set(Member& member, const std::optional<Value>& value)
{
  if (value) member = static_cast<Member>(*value);
}

template<class Duration>
void set_duration(Duration& member, const std::optional<std::chrono::milliseconds>& value)
{
  if (value) member = std::chrono::duration_cast<Duration>(*value);
}

} // namespace postbackd
