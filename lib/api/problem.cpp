#include "api/problem.hpp"

#include "text/json.hpp"

namespace postbackd::api
{

http::Response problem(unsigned status, const std::string& detail, const std::string& field,
                       const ProblemMembers& more)
{
  text::JsonWriter writer;
  writer.begin_object().key("title").string(http::reason_of(status)).key("status").number(status);
  writer.key("detail").string(detail);
  if (!field.empty()) writer.key("field").string(field);
  for (const auto& [name, json] : more)
    writer.key(name).raw(json);
  writer.end_object();
  http::Response response = http::json_response(std::string(writer.text()));
  response.status = status;
  response.content_type = "application/problem+json";
  if (status == 401) response.challenge = "Bearer";
  if (status == 429) response.retry_after = std::chrono::seconds(1);
  if (status == 503) response.retry_after = std::chrono::seconds(5);
  response.why = detail;
  return response;
}

http::Response no_client() { return problem(401, "expected Authorization: Bearer TOKEN"); }

http::Response problem_of(unsigned status)
{
  http::Response response = problem(status, std::string(http::reason_of(status)));
  response.why.clear();
  return response;
}

} // namespace postbackd::api
