#pragma once

#include <filesystem>
#include <string>

#include "base/secret.hpp"

namespace postbackd
{

// `file:line: key`: where a value stands. For messages; values that stand elsewhere are still equal.
struct Position {
  std::string text;
  bool operator==(const Position&) const { return true; }
};

// Where a secret is kept: `credential:NAME` is a file that systemd hands over, `file:PATH` any other.
struct CredentialReference {
  std::string text; // as configured
  Position where;

  bool operator==(const CredentialReference&) const = default;
};

bool is_credential_reference(std::string_view text);

// Reads the secret; one newline at its end is dropped. Throws base::Failure with the path and the remedy when
// it is missing, empty, or readable by everybody.
base::Secret read_credential(const CredentialReference& reference);
// The same for what must be sent or decoded.
std::string read_credential_text(const CredentialReference& reference);

// True for a `credential:` outside a unit that would hand it over: --check-config warns of it.
bool needs_the_unit(const CredentialReference& reference);

// The key that signs per-query credentials where none is configured: `query_key` beside the store.
std::filesystem::path query_key_path(const std::filesystem::path& store);
// Makes it, mode 0600, unless it is there.
void make_query_key(const std::filesystem::path& path);

} // namespace postbackd
