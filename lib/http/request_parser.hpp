#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <cstdint>
#include <optional>
#include <string>

#include "http/refusals.hpp"
#include "http/request.hpp"

namespace postbackd::http
{

// The answer to a request that cannot be taken, and what the log says of it.
struct Fault {
  unsigned status;
  Refusal kind;
  std::string why;
};

// Reads requests out of the bytes of one connection: the header first, the body only when it is asked for.
// Does no input or output itself. Stricter than Beast where leniency smuggles requests (style, "Traps" 3).
class RequestParser
{
public:
  explicit RequestParser(std::size_t header_limit);

  // Forgets the last request. Bytes of the next may be here already.
  void begin();

  // Where the next bytes of the connection go; then how many came.
  boost::asio::mutable_buffer room();
  void commit(std::size_t count) { buffer_.commit(count); }
  // Whether a part of the next request is here.
  bool has_bytes() const { return buffer_.size() > 0 || parser_->got_some(); }

  // Whether the client has sent something of the body without waiting for `100 Continue`.
  bool has_body_bytes() const { return buffer_.size() > 0; }

  enum class Step { need_more, done, fault };
  Step read_header();
  // Gives the body piece by piece: at most `limit` bytes in all, checked before the first of them is taken.
  // Take what body() has after each call.
  Step read_body(std::uint64_t limit);
  // What the last read_body() has found of it.
  std::string_view body() const { return {body_.data(), body_size_}; }
  const Fault& fault() const { return fault_; }

  // After read_header: views that live until begin().
  const RequestHead& head() const { return head_; }
  bool expects_continue() const { return head_.count("Expect") > 0; }
  bool keeps_alive() const { return parser_->keep_alive(); }

private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

  Step fail(unsigned status, Refusal kind, std::string why);
  Step fail(const boost::beast::error_code& error);
  void read_head();
  // The first rule of framing that the header breaks.
  std::optional<Fault> broken_rule() const;
  std::optional<Fault> broken_host_rule() const;
  std::optional<Fault> broken_length_rule() const;

  std::size_t header_limit_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  RequestHead head_;
  bool body_begun_ = false;
  std::string body_; // room for a piece
  std::size_t body_size_ = 0;
  Fault fault_{};
};

} // namespace postbackd::http
