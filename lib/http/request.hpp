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

// A request's header. The views live as long as the request is being answered.
struct RequestHead {
  std::string_view method;
  std::string_view path;  // of the target, as it was sent: still percent-encoded, without the query
  std::string_view query; // behind the `?`, still percent-encoded; empty without one. May hold secrets
  std::vector<std::string_view> parameters; // what stands for the pattern's {…}, in order
  std::vector<Field> fields;
  std::string_view remote; // the sender's IP address

  // The value of the field that has this name, without regard to case; nothing when it is absent or there
  // twice.
  std::optional<std::string_view> only(std::string_view name) const;
  // The first value, or an empty text.
  std::string_view first(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  // All values, with a comma between them (RFC 9110, 5.3).
  std::string joined(std::string_view name) const;
};

// A whole request whose sender has been authorised.
struct Request {
  const RequestHead& head;
  base::Blob body; // as it came, but for the transfer coding
  base::TimePoint received_at;
};

} // namespace postbackd::http
