#include "base/secret.hpp"

#include <openssl/crypto.h>

#include "base/blob.hpp"

namespace postbackd::base
{

Secret::Secret(std::string text) : text_(std::move(text)), digest_(sha256(text_)) {}

Secret::Secret(const Secret& other) = default;

Secret& Secret::operator=(const Secret& other)
{
  if (this == &other) return *this;
  OPENSSL_cleanse(text_.data(), text_.size());
  text_ = other.text_;
  digest_ = other.digest_;
  return *this;
}

Secret::~Secret() { OPENSSL_cleanse(text_.data(), text_.size()); }

Sha256 Secret::sign(std::string_view beginning, const Blob& rest) const
{
  HmacSha256Stream stream(text_);
  stream.feed(beginning);
  BlobReader reader(rest);
  for (auto piece = reader.next(); !piece.empty(); piece = reader.next())
    stream.feed(piece);
  return stream.finish();
}

} // namespace postbackd::base
