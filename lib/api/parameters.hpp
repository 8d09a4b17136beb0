#pragma once

#include <chrono>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace postbackd::api
{

// The most that a page of a list or of the feed has, in bytes; one more entry than that.
constexpr std::size_t largest_page = 256 << 10;

// Returns a segment of a path without its percent-encoding (RFC 3986, 2.1).
std::string path_text(std::string_view segment);

// The parameters of a request's query; each occurs once, and the others are errors. Everything throws
// BadRequest that names the parameter.
class Parameters
{
public:
  Parameters(std::string_view query, std::initializer_list<std::string_view> names);

  std::optional<std::string> text(std::string_view name) const;
  // Returns a whole number of this range, or the default.
  std::int64_t number(std::string_view name, std::int64_t least, std::int64_t most,
                      std::int64_t otherwise) const;
  // Returns the deadline of a waiting request: `wait`, in seconds, or now.
  std::chrono::steady_clock::time_point end_of_wait() const;

private:
  std::map<std::string, std::string, std::less<>> values_;
};

} // namespace postbackd::api
