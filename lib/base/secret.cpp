#include "base/secret.hpp"

#include <openssl/crypto.h>

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

} // namespace postbackd::base
