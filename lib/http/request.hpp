#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/blob.hpp"
#include "base/clock.hpp"

namespace postbackd::http
{

struct Field {
  std::string_view name;
  std::string_view value;
};

// A request's header. The views are valid until the request is answered.
struct RequestHead {
  std::string_view method;
  std::string_view path;  // of the target, as sent: still percent-encoded, without the query
  std::string_view query; // after the `?`, still percent-encoded; empty if absent. May hold secrets
  std::vector<std::string_view> parameters; // the values of the pattern's {…}, in order
  std::vector<Field> fields;
  std::string_view remote; // the sender's IP address

  // Returns the value of the only field with this name, ignoring case; nullopt if there is none or more than
  // one.
  std::optional<std::string_view> only(std::string_view name) const;
  // Returns the first value, or an empty text.
  std::string_view first(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  // Returns all values, joined with commas (RFC 9110, 5.3).
  std::string joined(std::string_view name) const;
};

// Whoever sent a request.
class Caller
{
public:
  virtual ~Caller() = default;
  // Returns whether it has closed the connection, or its side of it. Cheap, but a system call.
  virtual bool has_left() const = 0;
};

// A complete request from an authorised sender.
struct Request {
  const RequestHead& head;
  base::Blob body; // as received, without the transfer coding
  base::TimePoint received_at;
  const Caller* caller = nullptr; // lives until the answer is written

  bool caller_has_left() const { return caller && caller->has_left(); }
};

} // namespace postbackd::http
