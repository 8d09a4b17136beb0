#include "http/response_writer.hpp"

#include <fmt/format.h>

namespace postbackd::http
{
namespace
{

using boost::asio::awaitable;

awaitable<bool> write_document(Channel& channel, const base::Blob& document)
{
  base::BlobReader reader(document);
  bool written = true;
  for (auto piece = reader.next(); !piece.empty() && written; piece = reader.next())
    written = co_await channel.write(piece);
  co_return written;
}

// RFC 9112, 7.1: in chunks, unless its size is known. A piece may take its time; sending it may not.
awaitable<bool> write_stream(Connection& connection, Channel& channel, const Limits& limits,
                             const Stream& stream, bool in_chunks)
{
  for (;;) {
    connection.allow(std::chrono::hours(24));
    std::string piece = co_await stream();
    connection.allow(limits.body_timeout);
    const bool is_last = piece.empty();
    if (is_last && !in_chunks) co_return true;
    if (in_chunks) piece = fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
    const bool written = co_await channel.write(piece);
    if (!written || is_last) co_return written;
  }
}

} // namespace

awaitable<bool> write_response(Connection& connection, Channel& channel, const Limits& limits,
                               Response response, bool keep_alive, base::TimePoint now, bool with_content)
{
  connection.allow(limits.header_timeout);
  const std::string bytes = to_bytes(response, keep_alive, now, with_content);
  const bool written = co_await channel.write(bytes);
  if (!written || !with_content) co_return written;
  if (response.stream)
    co_return co_await write_stream(connection, channel, limits, response.stream, !response.stream_size);
  if (response.document.size() == 0) co_return true;
  connection.allow(limits.body_timeout);
  co_return co_await write_document(channel, response.document);
}

} // namespace postbackd::http
