#pragma once

#include <string>
#include <vector>

#include "http/request.hpp"

namespace postbackd::test
{

// A request as the server hands it to an endpoint; must outlive what is read of it.
struct MadeRequest {
  explicit MadeRequest(std::string content, std::vector<http::Field> fields = {})
      : head{.method = "POST", .fields = std::move(fields)}, request{head, base::Blob(std::move(content)),
                                                                     base::SystemClock().now()}
  {
  }

  http::RequestHead head;
  http::Request request;
};

} // namespace postbackd::test
