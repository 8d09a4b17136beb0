// The small parsers: durations, sizes, and the tolerant scan for a QueryId.
#include <cstdint>
#include <cstdlib>

#include "model/query.hpp"
#include "model/query_id_scan.hpp"
#include "text/time.hpp"

using namespace postbackd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto duration = text::parse_duration(text); duration && duration->count() < 0) std::abort();
  text::parse_size(text);
  if (const auto id = model::find_query_id(base::Blob(std::string(text))); id && !model::is_query_id(*id))
    std::abort();
  return 0;
}
