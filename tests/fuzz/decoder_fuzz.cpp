// Any bytes under any label: never a crash, and what is said of them is true.
#include <cstdint>
#include <cstdlib>

#include "model/decoder.hpp"
#include "model/query.hpp"
#include "text/charset.hpp"
#include "text/json.hpp"

using namespace postbackd;

namespace
{

constexpr const char* labels[] = {"application/x-www-form-urlencoded; charset=iso-8859-1",
                                  "application/json",
                                  "text/plain; charset=utf-8",
                                  "text/plain; charset=windows-1252",
                                  "text/plain; charset=utf-16le",
                                  "a/b; charset=klingon"};
constexpr const char* codings[] = {"", "gzip", "deflate", "br"};

void require(bool condition)
{
  if (!condition) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const base::Blob blob{std::string(bytes)};
  const model::EncodedBody body{blob, labels[data[0] % 6], codings[data[0] / 6 % 4]};
  const model::Envelope envelope = model::decode(body, {.most_decoded = 1 << 16});
  if (envelope.query_id) require(model::is_query_id(*envelope.query_id));
  require((envelope.content == model::Content::undecodable) == !envelope.status.has_value());
  if (envelope.content == model::Content::undecodable) {
    require(!envelope.json && !envelope.problem.empty());
    return 0;
  }
  const base::Blob json = envelope.json ? *envelope.json : blob;
  text::JsonVisitor nobody;
  require(text::check_utf8(json).is_utf8() && text::scan_json(json, nobody).has_value());
  return 0;
}
