#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http/request.hpp"
#include "http/response.hpp"

// Cross-origin requests of browsers (WHATWG Fetch, 3.2). Origins are exact: `https://app.example.com`.
namespace postbackd::http
{

// Returns the answer to a preflight request from one of the origins.
std::optional<Response> answer_preflight(const RequestHead& head, const std::vector<std::string>& origins);

// Lets a page of one of the origins read the answer.
void allow_origin(const RequestHead& head, const std::vector<std::string>& origins, Response& response);

} // namespace postbackd::http
