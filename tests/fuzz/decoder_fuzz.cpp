// Any bytes with any label: the decoder never crashes, and its envelope is true.
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

// In memory if possible: the fuzzer creates hundreds of thousands of files.
struct TemporaryFolder {
  base::FreeSpace free_space{"/dev/shm", 0};
  base::Spool spool{"/dev/shm", {.in_memory = 0, .memory = 0, .always = 0}, free_space};
};

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
  // A body in a file must give the same envelope.
  static TemporaryFolder folder;
  base::Blob file(folder.spool);
  file.append(bytes);
  const model::Envelope same =
      model::decode({file, body.content_type, body.content_encoding}, {.most_decoded = 1 << 16});
  require(same.content == envelope.content && same.query_id == envelope.query_id &&
          same.json == envelope.json && same.status == envelope.status && same.charset == envelope.charset);
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
