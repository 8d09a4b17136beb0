#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postbackd::model
{

// Where a request stands in its caller's trace (W3C Trace Context, level 1). Both texts are empty if there is
// none.
struct TraceContext {
  std::string parent; // `traceparent`, in the form of version 00
  std::string state;  // `tracestate`, at most 512 bytes

  // As the store keeps it: the parent and, if there is a state, a blank and the state.
  std::string text() const { return state.empty() ? parent : parent + ' ' + state; }
  static TraceContext of_text(std::string_view text);
};

// Reads the only `traceparent` of a request (or an empty text), and all its `tracestate`, joined with commas.
// What is not valid is as if it were not there (sections 3.2 and 3.3);
// a state goes with a valid parent only, and a long one loses whole members from its end (3.3.1.5).
TraceContext read_trace(std::string_view parent, std::string_view state);

// Returns the trace-id of TraceContext::text, for log lines; nothing if there is none.
std::optional<std::string_view> trace_id_of(std::string_view text);

} // namespace postbackd::model
