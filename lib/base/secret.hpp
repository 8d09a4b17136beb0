#pragma once

#include <string>
#include <string_view>

#include "base/digest.hpp"

namespace postbackd::base
{

class Blob;

// A secret text. It has no output operator, is compared in constant time whatever the lengths, and is wiped
// from memory when it is destroyed.
class Secret
{
public:
  explicit Secret(std::string text);
  Secret(const Secret& other);
  Secret& operator=(const Secret& other);
  ~Secret();

  bool matches(std::string_view presented) const { return matches(sha256(presented)); }
  // For a text that the caller compares with many secrets and hashes once.
  bool matches(const Sha256& presented) const { return equal_in_constant_time(presented, digest_); }

  bool is(const Secret& other) const { return matches(other.digest_); }

  // Returns the HMAC-SHA256 of the message, with this secret as the key.
  Sha256 sign(std::string_view message) const { return hmac_sha256(text_, message); }
  // The same for a message that is a text followed by a blob.
  Sha256 sign(std::string_view beginning, const Blob& rest) const;

private:
  std::string text_;
  Sha256 digest_;
};

} // namespace postbackd::base
