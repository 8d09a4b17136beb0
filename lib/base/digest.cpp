#include "base/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "base/error.hpp"

namespace postbackd::base
{
namespace
{

const unsigned char* data_of(std::string_view bytes)
{
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

} // namespace

Sha256 sha256(std::string_view bytes)
{
  Sha256 digest;
  SHA256(data_of(bytes), bytes.size(), digest.data());
  return digest;
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new())
{
  if (!EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr))
    throw Failure(Errc::fatal, "OpenSSL cannot compute a SHA-256");
}

Sha256Stream::~Sha256Stream() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

void Sha256Stream::feed(std::string_view bytes)
{
  EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size());
}

Sha256 Sha256Stream::finish()
{
  Sha256 digest;
  EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), digest.data(), nullptr);
  return digest;
}

Sha256 hmac_sha256(std::string_view key, std::string_view message)
{
  Sha256 digest;
  unsigned int length = digest.size();
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data_of(message), message.size(),
            digest.data(), &length))
    throw Failure(Errc::fatal, "OpenSSL cannot compute an HMAC-SHA256");
  return digest;
}

// RFC 2104: H(K xor opad, H(K xor ipad, text)).
HmacSha256Stream::HmacSha256Stream(std::string_view key)
{
  constexpr std::size_t block = 64;
  std::string padded(key);
  if (key.size() > block) {
    const Sha256 digest = sha256(key);
    padded.assign(reinterpret_cast<const char*>(digest.data()), digest.size());
  }
  padded.resize(block, '\0');
  std::string inner_pad = padded;
  for (char& c : inner_pad)
    c = static_cast<char>(c ^ 0x36);
  for (char& c : padded)
    c = static_cast<char>(c ^ 0x5C);
  inner_.feed(inner_pad);
  outer_pad_ = std::move(padded);
}

Sha256 HmacSha256Stream::finish()
{
  const Sha256 inner = inner_.finish();
  Sha256Stream outer;
  outer.feed(outer_pad_);
  outer.feed({reinterpret_cast<const char*>(inner.data()), inner.size()});
  return outer.finish();
}

std::string to_hex(std::string_view bytes)
{
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
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
