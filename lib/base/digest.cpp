#include "base/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "base/ascii.hpp"
#include "base/error.hpp"

namespace postbackd::base
{
namespace
{

const unsigned char* data_of(std::string_view bytes)
{
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

void require(bool done, const char* what)
{
  if (!done) throw Failure(Errc::fatal, std::string("OpenSSL cannot compute ") + what);
}

constexpr auto a_sha256 = "a SHA-256";
constexpr auto an_hmac = "an HMAC-SHA256";

// Fetched once: EVP_sha256() would be fetched again, under a lock, for each digest.
const EVP_MD* algorithm()
{
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

} // namespace

Sha256 sha256(std::string_view bytes)
{
  thread_local Sha256Stream stream; // its memory is used again
  stream.begin();
  stream.feed(bytes);
  return stream.finish();
}

void Sha256Stream::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) { begin(); }

void Sha256Stream::begin()
{
  require(context_ && EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr), a_sha256);
}

void Sha256Stream::feed(std::string_view bytes)
{
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()), a_sha256);
}

Sha256 Sha256Stream::finish()
{
  Sha256 digest;
  require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr), a_sha256);
  return digest;
}

Sha256 hmac_sha256(std::string_view key, std::string_view message)
{
  HmacSha256Stream stream(key);
  stream.feed(message);
  return stream.finish();
}

void HmacSha256Stream::Free::operator()(evp_mac_ctx_st* context) const { EVP_MAC_CTX_free(context); }

HmacSha256Stream::HmacSha256Stream(std::string_view key)
{
  static EVP_MAC* const hmac =
      EVP_MAC_fetch(nullptr, "HMAC", nullptr); // slow to fetch, and usable by every thread
  context_.reset(EVP_MAC_CTX_new(hmac));
  char sha256_name[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256_name, 0),
                                   OSSL_PARAM_construct_end()};
  // Without bytes of a key, EVP_MAC_init would use an earlier one.
  const auto* bytes = data_of(key.empty() ? std::string_view("") : key);
  require(context_ && EVP_MAC_init(context_.get(), bytes, key.size(), parameters), an_hmac);
}

void HmacSha256Stream::feed(std::string_view bytes)
{
  require(EVP_MAC_update(context_.get(), data_of(bytes), bytes.size()), an_hmac);
}

Sha256 HmacSha256Stream::finish()
{
  Sha256 digest;
  require(EVP_MAC_final(context_.get(), digest.data(), nullptr, digest.size()), an_hmac);
  return digest;
}

std::string to_hex(std::string_view bytes)
{
  std::string text;
  text.reserve(bytes.size() * 2);
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += hex_digit(byte >> 4);
    text += hex_digit(byte & 0xF);
  }
  return text;
}

std::string to_hex(const Sha256& digest)
{
  return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

bool equal_in_constant_time(const Sha256& left, const Sha256& right)
{
  return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string random_bytes(std::size_t count)
{
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1)
    throw Failure(Errc::fatal, "the system provides no random bytes");
  return bytes;
}

} // namespace postbackd::base
