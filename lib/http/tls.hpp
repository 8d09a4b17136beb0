#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.hpp"

namespace postbackd::http
{

// What a server's connections use for TLS. Only tls_stream.hpp knows more: the headers of OpenSSL and Asio
// cost each file seconds.
struct TlsContext;

// Returns a server's TLS context: versions 1.2 and 1.3, session tickets, the certificate chain and its
// private key from PEM files. Throws base::Failure with the path and the remedy if a file cannot be read, the
// two do not belong together, the certificate is not valid today, or everybody can read the key.
std::shared_ptr<TlsContext> make_tls_context(const std::filesystem::path& certificate,
                                             const std::filesystem::path& private_key);

// Returns when the context's certificate expires.
base::TimePoint certificate_end(TlsContext& context);

} // namespace postbackd::http
