#pragma once

#include <boost/asio/ssl/context.hpp>

#include <filesystem>
#include <memory>

namespace postbackd::http
{

// A server's TLS: 1.2 and 1.3, session tickets, the certificate chain and its private key from PEM files.
// Throws base::Failure with the path and the remedy when one cannot be read, they do not belong together, or
// the certificate is not valid today; when everybody can read the key, too.
std::shared_ptr<boost::asio::ssl::context> make_tls_context(const std::filesystem::path& certificate,
                                                            const std::filesystem::path& private_key);

} // namespace postbackd::http
