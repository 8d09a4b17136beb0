#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;
struct evp_mac_ctx_st;

namespace postbackd::base
{

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view bytes);

// Computes the SHA-256 of bytes that arrive piece by piece.
class Sha256Stream
{
public:
  Sha256Stream();

  void begin(); // forgets what it was given
  void feed(std::string_view bytes);
  // Call once, at the end, or before begin().
  Sha256 finish();

private:
  struct Free {
    void operator()(evp_md_ctx_st*) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

// HMAC-SHA256 (RFC 2104).
Sha256 hmac_sha256(std::string_view key, std::string_view message);

// Computes the HMAC-SHA256 of a message that arrives piece by piece.
class HmacSha256Stream
{
public:
  explicit HmacSha256Stream(std::string_view key);

  void feed(std::string_view bytes);
  // Call once, at the end.
  Sha256 finish();

private:
  struct Free {
    void operator()(evp_mac_ctx_st*) const;
  };
  std::unique_ptr<evp_mac_ctx_st, Free> context_;
};

// Returns lower-case hexadecimal digits.
std::string to_hex(std::string_view bytes);
std::string to_hex(const Sha256& digest);

// Returns whether both are equal; the time it takes does not reveal where they differ.
bool equal_in_constant_time(const Sha256& left, const Sha256& right);

// Returns `count` bytes from the system's cryptographic generator. Throws Failure (fatal) if it has none.
std::string random_bytes(std::size_t count);

} // namespace postbackd::base
