#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/response.hpp"

namespace postbackd::api
{

// Returns an error as application/problem+json (RFC 9457): `detail` is for people, `field` names the member,
// parameter or header field that is wrong; `more` are further members, with their JSON.
using ProblemMembers = std::vector<std::pair<std::string_view, std::string>>;
http::Response problem(unsigned status, const std::string& detail, const std::string& field = {},
                       const ProblemMembers& more = {});
// Returns the answer to who is no client.
http::Response no_client();
// The same for what no endpoint answers.
http::Response problem_of(unsigned status);

// A request that is wrong; its what() is the detail.
class BadRequest : public std::runtime_error
{
public:
  explicit BadRequest(const std::string& detail, std::string field = {}, unsigned status = 400)
      : std::runtime_error(detail), field_(std::move(field)), status_(status)
  {
  }
  http::Response response() const { return problem(status_, what(), field_); }
  unsigned status() const { return status_; }
  const std::string& field() const { return field_; }

private:
  std::string field_;
  unsigned status_;
};

} // namespace postbackd::api
