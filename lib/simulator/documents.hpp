#pragma once

#include <cstdint>
#include <string>

#include "simulator/behaviour.hpp"

// Synthetic answers in the platform's form: no person, company or lawsuit in them is real.
namespace postbackd::simulator
{

struct Asked {
  std::string query_id;
  std::string api;
  std::string datasets;
  std::string q;
  std::string date; // in the platform's format
};

// Returns the array for `Result` in UTF-8, at least `size` bytes long.
std::string result_of(const Asked& asked, std::uint64_t size);
// Returns the whole answer in UTF-8.
std::string envelope_of(const Asked& asked, const std::string& result);
std::string notice_of(const Asked& asked, int code);

// Returns the bytes on the wire: ISO-8859-1, in the form of the behaviour.
std::string body_of(const std::string& envelope, Behaviour::Body form);

} // namespace postbackd::simulator
