#pragma once

#include <cstdint>
#include <string>

#include "simulator/behaviour.hpp"

// Synthetic answers, shaped as the platform's: no person, company or lawsuit behind them.
namespace postbackd::simulator
{

struct Asked {
  std::string query_id;
  std::string api;
  std::string datasets;
  std::string q;
  std::string date; // as the platform writes it
};

// The array that stands in `Result`, in UTF-8; at least `size` bytes.
std::string result_of(const Asked& asked, std::uint64_t size);
// The whole answer, in UTF-8.
std::string envelope_of(const Asked& asked, const std::string& result);
std::string notice_of(const Asked& asked, int code);

// What goes over the wire: ISO-8859-1, in the form that the behaviour says.
std::string body_of(const std::string& envelope, Behaviour::Body form);

} // namespace postbackd::simulator
