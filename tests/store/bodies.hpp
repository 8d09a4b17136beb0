#pragma once

#include <string>

#include "base/clock.hpp"
#include "model/decoder.hpp"
#include "model/postback.hpp"

namespace postbackd::test
{

// A postback with this body, as the endpoint would hand it to the store.
inline model::Postback postback_of(const std::string& body,
                                   base::TimePoint received_at = base::SystemClock().now())
{
  model::Postback postback;
  postback.received_at = received_at;
  postback.route = "/postback";
  postback.remote = "127.0.0.1";
  postback.content_type = "application/x-www-form-urlencoded; charset=iso-8859-1";
  postback.raw = base::Blob(body);
  postback.sha256 = base::sha256(body);
  postback.envelope = model::decode({postback.raw, postback.content_type, ""}, {});
  return postback;
}

inline std::string result_of(const std::string& query_id, const std::string& value = "1")
{
  return R"({"QueryId":")" + query_id + R"(","Result":[{"value":")" + value +
         R"("}],"Status":{"x":[{"Code":0}]}})";
}

inline std::string notice_of(const std::string& query_id)
{
  return R"({"QueryId":")" + query_id + R"(","Result":[],"Status":{"hooks":[{"Code":-1212}]}})";
}

} // namespace postbackd::test
