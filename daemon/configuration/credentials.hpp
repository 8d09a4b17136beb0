#pragma once

#include <filesystem>
#include <string>

#include "base/secret.hpp"

namespace postbackd
{

// The position of a value, `file:line: key`, for messages. Values at different positions are still equal.
struct Position {
  std::string text;
  bool operator==(const Position&) const { return true; }
};

// The place of a secret: `credential:NAME` is a file that systemd hands over, `file:PATH` any other.
struct CredentialReference {
  std::string text; // as configured
  Position where;

  bool operator==(const CredentialReference&) const = default;
};

bool is_credential_reference(std::string_view text);

// Reads the secret; drops one newline at its end. Throws base::Failure with the path and the remedy if it is
// missing, empty, or open to everybody.
base::Secret read_credential(const CredentialReference& reference);
// Does the same for secrets that must be sent or decoded.
std::string read_credential_text(const CredentialReference& reference);

// Returns the path of the file that the reference names. Throws base::Failure outside the unit that would
// hand it over.
std::filesystem::path credential_path(const CredentialReference& reference);

// Returns true for a `credential:` outside the unit that would hand it over: --check-config warns of it.
bool needs_the_unit(const CredentialReference& reference);

// Returns the key that signs per-query credentials if none is configured: `query_key` beside the store.
std::filesystem::path query_key_path(const std::filesystem::path& store);
// Creates it with mode 0600 unless it exists.
void make_query_key(const std::filesystem::path& path);
// Lets the other half of a split installation read it, if it is ours and the directory is shared by a group.
void share_query_key(const std::filesystem::path& store);

} // namespace postbackd
