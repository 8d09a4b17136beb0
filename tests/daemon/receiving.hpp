#pragma once

#include "support/daemon.hpp"

namespace postbackd::test
{

// A result as the platform sends it, and short ways to look.
inline std::string result_of(const std::string& query_id)
{
  return R"({"QueryId":")" + query_id + R"(","Result":[{"a":1}],"Status":{"x":[{"Code":0}]}})";
}

inline bool has(const std::string& text, const std::string& part)
{
  return text.find(part) != std::string::npos;
}

inline std::string count(const Daemon& daemon) { return daemon.query("SELECT count(*) FROM v_postbacks"); }

} // namespace postbackd::test
