#include "http/request_parser.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace postbackd::http
{
namespace
{

namespace beast = boost::beast;

// Beast 1.81 throws out of run() on a field above 64 KiB, even in a trailer; this limit is far below.
constexpr std::size_t buffer_limit = 16 << 10;
// The size of a request's first read: the limit on the memory of an idle connection.
constexpr std::size_t first_read = 2 << 10;

// Returns the host and port of an absolute URL, which a server accepts as a target too (RFC 9112, 3.2.2); a
// view without data for any other target.
std::string_view authority_of(std::string_view target)
{
  for (std::string_view scheme : {"http://", "https://"})
    if (base::equal_ignoring_case(target.substr(0, scheme.size()), scheme))
      return target.substr(scheme.size(), target.find_first_of("/?#", scheme.size()) - scheme.size());
  return {};
}

std::string_view path_of(std::string_view target)
{
  if (const std::string_view authority = authority_of(target); authority.data()) {
    target.remove_prefix(static_cast<std::size_t>(authority.data() + authority.size() - target.data()));
    if (!target.starts_with('/')) return "/";
  }
  return target.substr(0, target.find_first_of("?#"));
}

// RFC 9110, 7.2: `uri-host [ ":" port ]` (RFC 3986, 3.2.2), or nothing; without a user.
bool is_host(std::string_view host)
{
  const std::size_t end = host.starts_with('[') ? host.find(']') + 1 : std::min(host.find(':'), host.size());
  if (host.starts_with('[') && end == 0) return false;
  std::string_view port = host.substr(end);
  if (!port.empty() && port.front() != ':') return false;
  if (!port.empty()) port.remove_prefix(1);
  constexpr std::string_view marks = "-._~!$&'()*+;=%"; // a comma would be two of them, in a list
  const auto is_good = [&](char c) {
    return base::is_letter(c) || base::is_digit(c) || marks.find(c) != std::string_view::npos;
  };
  const std::string_view name = host.substr(0, end);
  const bool named = name.starts_with('[')
                         ? name.find_first_not_of("0123456789abcdefABCDEF:.[]") == std::string_view::npos
                         : std::all_of(name.begin(), name.end(), is_good);
  return named && !name.empty() && std::all_of(port.begin(), port.end(), base::is_digit);
}

std::string_view query_of(std::string_view target)
{
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {};
  target.remove_prefix(mark + 1);
  return target.substr(0, target.find('#'));
}

std::string_view to_view(beast::string_view text) { return {text.data(), text.size()}; }

// RFC 9112, 5.2: a server refuses it. Beast joins the lines, and a proxy before us may not.
bool has_folded_field(std::string_view header)
{
  return header.find("\r\n ") != std::string_view::npos || header.find("\r\n\t") != std::string_view::npos;
}

} // namespace

RequestParser::RequestParser(std::size_t header_limit) : header_limit_(header_limit), buffer_(buffer_limit)
{
  begin();
}

void RequestParser::begin()
{
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(header_limit_));
  parser_->body_limit(boost::none); // read_body() sets it
  head_ = {};
  body_begun_ = false;
  body_size_ = 0;
  if (body_.size() > first_read) std::string().swap(body_);
}

boost::asio::mutable_buffer RequestParser::room()
{
  const std::size_t wanted = buffer_.size() == 0 && !parser_->is_header_done() ? first_read : buffer_limit;
  return buffer_.prepare(std::min(wanted, buffer_.max_size() - buffer_.size()));
}

RequestParser::Step RequestParser::read_header()
{
  // RFC 9112, 2.2: an empty line before a request is skipped.
  while (buffer_.size() >= 2 && !parser_->got_some() &&
         std::string_view(static_cast<const char*>(buffer_.data().data()), 2) == "\r\n")
    buffer_.consume(2);
  if (lacks_version()) return fail(400, Refusal::malformed, "a request line without a version");
  while (!parser_->is_header_done()) {
    if (buffer_.size() == 0) return Step::need_more;
    beast::error_code error;
    const std::size_t parsed = parser_->put(buffer_.data(), error);
    const bool folded = has_folded_field({static_cast<const char*>(buffer_.data().data()), parsed});
    buffer_.consume(parsed);
    if (folded) return fail(400, Refusal::malformed, "a field of several lines");
    if (error == beast::http::error::need_more) {
      if (buffer_.size() < buffer_.max_size()) return Step::need_more;
      error = beast::http::error::header_limit;
    }
    if (error) return fail(error);
  }
  read_head();
  if (auto fault = broken_rule()) {
    fault_ = std::move(*fault);
    return Step::fault;
  }
  return Step::done;
}

// Beast would wait for the rest of a line that has ended (RFC 9112, 3). It takes the line as a whole, so
// until then the buffer begins with it.
bool RequestParser::lacks_version() const
{
  if (parser_->is_header_done() || !parser_->get().method_string().empty()) return false;
  const std::string_view buffered(static_cast<const char*>(buffer_.data().data()), buffer_.size());
  const std::size_t end = buffered.find('\n');
  if (end == std::string_view::npos) return false;
  std::string_view line = buffered.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::size_t space = line.rfind(' ');
  return space == std::string_view::npos || !line.substr(space + 1).starts_with("HTTP/");
}

void RequestParser::read_head()
{
  const auto& message = parser_->get();
  head_.method = to_view(message.method_string());
  head_.path = path_of(to_view(message.target()));
  head_.query = query_of(to_view(message.target()));
  for (const auto& field : message)
    head_.fields.push_back({to_view(field.name_string()), to_view(field.value())});
}

std::optional<Fault> RequestParser::broken_rule() const
{
  if (auto fault = broken_host_rule()) return fault;
  if (auto fault = broken_target_rule()) return fault;
  if (auto fault = broken_length_rule()) return fault;
  if (head_.count("Expect") > 0 && !base::equal_ignoring_case(head_.first("Expect"), "100-continue"))
    return Fault{417, Refusal::expectation, "an Expect other than 100-continue"};
  return std::nullopt;
}

// RFC 9112, 3.2.
std::optional<Fault> RequestParser::broken_host_rule() const
{
  const std::size_t hosts = head_.count("Host");
  if (hosts > 1) return Fault{400, Refusal::malformed, "more than one Host"};
  if (hosts == 0 && parser_->get().version() > 10) return Fault{400, Refusal::malformed, "no Host"};
  const std::string_view host = head_.first("Host");
  const bool needs_one =
      hosts == 1 && (!host.empty() || authority_of(to_view(parser_->get().target())).empty());
  if (needs_one && !is_host(host)) return Fault{400, Refusal::malformed, "a Host that is none"};
  return std::nullopt;
}

// RFC 9112, 3.2: a path, or an absolute http URL; `*` and an authority go with methods that no endpoint has.
std::optional<Fault> RequestParser::broken_target_rule() const
{
  const std::string_view target = to_view(parser_->get().target());
  const std::string_view authority = authority_of(target);
  const bool is_absolute = authority.data() != nullptr;
  if (is_absolute && (authority.empty() || !is_host(authority)))
    return Fault{400, Refusal::malformed, "a target without a host"};
  if (!is_absolute && !target.starts_with('/') && !(target == "*" && head_.method == "OPTIONS"))
    return Fault{400, Refusal::malformed, "a target that is neither a path nor a URL"};
  return std::nullopt;
}

// RFC 9112, 6: refuses a request that two readers could interpret differently.
std::optional<Fault> RequestParser::broken_length_rule() const
{
  const bool has_coding = head_.count("Transfer-Encoding") > 0;
  const std::string_view length = head_.first("Content-Length");
  if (head_.count("Content-Length") > 1 || length.find(',') != std::string_view::npos)
    return Fault{400, Refusal::malformed, "more than one Content-Length"};
  if (!has_coding) return std::nullopt;
  if (parser_->get().version() < 11) return Fault{400, Refusal::malformed, "Transfer-Encoding in HTTP/1.0"};
  if (head_.count("Content-Length") > 0)
    return Fault{400, Refusal::malformed, "Content-Length with Transfer-Encoding"};
  const auto coding = head_.only("Transfer-Encoding");
  if (!coding || !base::equal_ignoring_case(*coding, "chunked"))
    return Fault{501, Refusal::transfer_coding, "a transfer coding other than chunked"};
  return std::nullopt;
}

RequestParser::Step RequestParser::read_body(std::uint64_t limit)
{
  if (!body_begun_) {
    if (parser_->content_length().value_or(0) > limit) return fail(beast::http::error::body_limit);
    parser_->body_limit(limit); // for chunks; Beast counts it down
    body_begun_ = true;
  }
  body_size_ = 0;
  if (body_.size() < buffer_.size()) body_.resize(buffer_.size());
  while (!parser_->is_done()) {
    if (buffer_.size() == 0) return Step::need_more;
    auto& room = parser_->get().body();
    room = {body_.data() + body_size_, body_.size() - body_size_, true};
    beast::error_code error;
    buffer_.consume(parser_->put(buffer_.data(), error));
    body_size_ = body_.size() - room.size;
    if (error == beast::http::error::need_more) {
      if (buffer_.size() < buffer_.max_size()) return Step::need_more;
      return fail(400, Refusal::malformed, "a chunk header or trailer exceeds the limit");
    }
    if (error) return fail(error);
  }
  return Step::done;
}

RequestParser::Step RequestParser::fail(const beast::error_code& error)
{
  if (error == beast::http::error::header_limit)
    return fail(431, Refusal::header_too_large, "the header exceeds the limit");
  if (error == beast::http::error::body_limit)
    return fail(413, Refusal::too_large, "the body exceeds the limit");
  return fail(400, Refusal::malformed, error.message());
}

RequestParser::Step RequestParser::fail(unsigned status, Refusal kind, std::string why)
{
  fault_ = {status, kind, std::move(why)};
  return Step::fault;
}

} // namespace postbackd::http
