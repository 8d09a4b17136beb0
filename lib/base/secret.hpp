#pragma once

#include <string>
#include <string_view>

#include "base/digest.hpp"

namespace postbackd::base
{

class Blob;

// A secret text. It has no output operator, is compared in constant time whatever the lengths, and is wiped
// from memory when it goes.
class Secret
{
public:
  explicit Secret(std::string text);
  Secret(const Secret& other);
  Secret& operator=(const Secret& other);
  ~Secret();

  bool matches(std::string_view presented) const { return matches(sha256(presented)); }
  // For a presented text that is compared with many secrets: hashed once by the caller.
  bool matches(const Sha256& presented) const { return equal_in_constant_time(presented, digest_); }

  // HMAC-SHA256 of the message under this secret as the key.
  Sha256 sign(std::string_view message) const { return hmac_sha256(text_, message); }
  // Of a message that is a text and a blob behind it.
  Sha256 sign(std::string_view beginning, const Blob& rest) const;

private:
  std::string text_;
  Sha256 digest_;
};

} // namespace postbackd::base
