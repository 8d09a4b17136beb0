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

// The answer to a request that is refused, and what the log says about it.
struct Fault {
  unsigned status;
  Refusal kind;
  std::string why;
};

// Parses requests from the bytes of one connection: the header first, the body only when requested. Does no
// I/O itself. Stricter than Beast 1.81 where leniency allows request smuggling: Beast takes
// `Transfer-Encoding: gzip` for no body, and accepts chunked in HTTP/1.0, no Host and two Hosts.
class RequestParser
{
public:
  explicit RequestParser(std::size_t header_limit);

  // Forgets the last request. Bytes of the next one may already be in the buffer.
  void begin();

  // Returns where to store the next bytes of the connection; then call commit() with how many arrived.
  boost::asio::mutable_buffer room();
  void commit(std::size_t count) { buffer_.commit(count); }
  // Returns whether a part of the next request has arrived.
  bool has_bytes() const { return buffer_.size() > 0 || parser_->got_some(); }

  // Returns whether the client has sent part of the body without waiting for `100 Continue`.
  bool has_body_bytes() const { return buffer_.size() > 0; }

  enum class Step { need_more, done, fault };
  Step read_header();
  // Parses the body piece by piece, at most `limit` bytes in total; checks Content-Length before the first
  // piece. Take body() after each call.
  Step read_body(std::uint64_t limit);
  // Returns the piece of the body that the last read_body() has parsed.
  std::string_view body() const { return {body_.data(), body_size_}; }
  const Fault& fault() const { return fault_; }

  // Call after read_header(); the views are valid until begin().
  const RequestHead& head() const { return head_; }
  bool expects_continue() const { return head_.count("Expect") > 0; }
  bool keeps_alive() const { return parser_->keep_alive(); }
  // Returns whether the client closes after this request, and all of it was read. What lies unread would
  // reset the connection, and the answer would be lost.
  bool client_is_done() const { return parser_->is_done() && !keeps_alive() && buffer_.size() == 0; }

private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

  Step fail(unsigned status, Refusal kind, std::string why);
  Step fail(const boost::beast::error_code& error);
  void read_head();
  // Returns the first framing rule that the header breaks.
  std::optional<Fault> broken_rule() const;
  bool lacks_version() const;
  std::optional<Fault> broken_host_rule() const;
  std::optional<Fault> broken_target_rule() const;
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
