#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace postbackd::base
{

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view bytes);

// SHA-256 of bytes that come piece by piece.
class Sha256Stream
{
public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;

  void feed(std::string_view bytes);
  // Once, at the end.
  Sha256 finish();

private:
  void* context_; // EVP_MD_CTX
};

// HMAC-SHA256 (RFC 2104).
Sha256 hmac_sha256(std::string_view key, std::string_view message);

// HMAC-SHA256 of a message that comes piece by piece.
class HmacSha256Stream
{
public:
  explicit HmacSha256Stream(std::string_view key);

  void feed(std::string_view bytes) { inner_.feed(bytes); }
  // Once, at the end.
  Sha256 finish();

private:
  std::string outer_pad_;
  Sha256Stream inner_;
};

// Lower-case hexadecimal.
std::string to_hex(std::string_view bytes);
std::string to_hex(const Sha256& digest);

// True when both are the same; the time it takes does not tell where they differ.
bool equal_in_constant_time(const Sha256& left, const Sha256& right);

// `count` bytes of the system's cryptographic generator. Throws when it has none to give.
std::string random_bytes(std::size_t count);

} // namespace postbackd::base
