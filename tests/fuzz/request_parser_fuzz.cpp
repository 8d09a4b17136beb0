// Any bytes on a connection, cut anywhere: the parser never crashes, no body exceeds its limit, and the
// requests are the same however the bytes are cut.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "http/request_parser.hpp"

using namespace postbackd::http;
using Step = RequestParser::Step;

namespace
{

constexpr std::uint64_t body_limit = 512;

// Everything read from the bytes: paths, bodies, and the answer at the end.
std::string read_all(std::string_view bytes, std::size_t piece)
{
  RequestParser parser(2048);
  std::string seen;
  std::string body;
  const auto feed = [&] {
    const auto room = parser.room();
    const std::size_t count = std::min({bytes.size(), piece, room.size()});
    if (count == 0) return false;
    std::memcpy(room.data(), bytes.data(), count);
    parser.commit(count);
    bytes.remove_prefix(count);
    return true;
  };
  const auto run = [&](auto read) {
    Step step = read();
    while (step == Step::need_more && feed())
      step = read();
    return step;
  };
  for (;;) {
    parser.begin();
    Step step = run([&] { return parser.read_header(); });
    if (step == Step::done) {
      seen.append(parser.head().path).append("|");
      body.clear();
      step = run([&] {
        const Step taken = parser.read_body(body_limit);
        body += parser.body();
        return taken;
      });
    }
    if (step == Step::fault) return seen + std::to_string(parser.fault().status);
    if (step == Step::need_more) return seen + "more";
    if (body.size() > body_limit) std::abort();
    seen += body + "\n";
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = read_all(bytes, 64 << 10);
  const std::string cut = read_all(bytes, 7);
  // The place of the failure may differ by an incomplete request; the requests read before must not differ.
  const std::size_t common = std::min(whole.rfind('\n') + 1, cut.rfind('\n') + 1);
  if (whole.compare(0, common, cut, 0, common) != 0) std::abort();
  return 0;
}
