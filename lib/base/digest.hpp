#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace postbackd::base
{

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view bytes);

// Computes the SHA-256 of bytes that arrive piece by piece.
class Sha256Stream
{
public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;

  void feed(std::string_view bytes);
  // Call once, at the end.
  Sha256 finish();

private:
  void* context_; // EVP_MD_CTX
};

// HMAC-SHA256 (RFC 2104).
Sha256 hmac_sha256(std::string_view key, std::string_view message);

// Computes the HMAC-SHA256 of a message that arrives piece by piece.
class HmacSha256Stream
{
public:
  explicit HmacSha256Stream(std::string_view key);

  void feed(std::string_view bytes) { inner_.feed(bytes); }
  // Call once, at the end.
  Sha256 finish();

private:
  std::string outer_pad_;
  Sha256Stream inner_;
};

// Returns lower-case hexadecimal digits.
std::string to_hex(std::string_view bytes);
std::string to_hex(const Sha256& digest);

// Returns whether both are equal; the time it takes does not reveal where they differ.
bool equal_in_constant_time(const Sha256& left, const Sha256& right);

// Returns `count` bytes from the system's cryptographic generator. Throws Failure (fatal) if it has none.
std::string random_bytes(std::size_t count);

} // namespace postbackd::base
