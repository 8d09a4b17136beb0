#include "http/tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509err.h>

#include <ctime>

#include "base/error.hpp"
#include "http/tls_stream.hpp"

namespace postbackd::http
{
namespace
{

namespace ssl = boost::asio::ssl;

[[noreturn]] void fail(const std::string& what) { throw base::Failure(base::Errc::invalid, what); }

void check(const boost::system::error_code& error, const std::filesystem::path& path, const char* what)
{
  if (!error) return;
  if (!std::filesystem::exists(path)) fail(fmt::format("the {} '{}' does not exist", what, path.string()));
  fail(fmt::format("cannot read the {} '{}': {}: it must be PEM and readable by the daemon's user", what,
                   path.string(), error.message()));
}

void check_permissions(const std::filesystem::path& private_key)
{
  std::error_code error;
  const auto mode = std::filesystem::status(private_key, error).permissions();
  if (!error && (mode & std::filesystem::perms::others_read) != std::filesystem::perms::none)
    fail(fmt::format("everybody can read the private key '{0}': chmod o= '{0}'", private_key.string()));
}

void check_validity(SSL_CTX* context, const std::filesystem::path& certificate)
{
  const X509* x509 = SSL_CTX_get0_certificate(context);
  if (X509_cmp_current_time(X509_get0_notAfter(x509)) < 0)
    fail(fmt::format("the certificate '{}' has expired: renew it, then reload", certificate.string()));
  if (X509_cmp_current_time(X509_get0_notBefore(x509)) > 0)
    fail(fmt::format("the certificate '{}' is not valid yet: check this machine's clock",
                     certificate.string()));
}

} // namespace

base::TimePoint certificate_end(TlsContext& context)
{
  std::tm time{};
  ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(context.native.native_handle())), &time);
  return base::TimePoint(std::chrono::seconds(::timegm(&time)));
}

std::shared_ptr<TlsContext> make_tls_context(const std::filesystem::path& certificate,
                                             const std::filesystem::path& private_key)
{
  auto made = std::make_shared<TlsContext>();
  ssl::context* const context = &made->native;
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20"); // of TLS 1.2: no CBC
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  constexpr unsigned char name[] = "postbackd";
  SSL_CTX_set_session_id_context(native, name, sizeof name - 1); // required to resume sessions
  check_permissions(private_key);
  boost::system::error_code error;
  context->use_certificate_chain_file(certificate.string(), error);
  check(error, certificate, "certificate");
  context->use_private_key_file(private_key.string(), ssl::context::pem, error);
  if (ERR_GET_REASON(static_cast<unsigned long>(error.value())) == X509_R_KEY_VALUES_MISMATCH)
    fail(fmt::format("the private key '{}' does not belong to the certificate '{}'", private_key.string(),
                     certificate.string()));
  check(error, private_key, "private key");
  check_validity(native, certificate);
  return made;
}

} // namespace postbackd::http
