#include "text/content_coding.hpp"

#include <zlib.h>

#include <new>

#include "base/ascii.hpp"

namespace postbackd::text
{
namespace
{

// zlib's windowBits: 15 is the zlib wrapper, 15 + 16 gzip's, -15 none.
constexpr int zlib_wrapper = 15;
constexpr int gzip_wrapper = 15 + 16;
constexpr int no_wrapper = -15;

base::Error failed(std::string why) { return {base::Errc::invalid, std::move(why)}; }

class Inflater
{
public:
  explicit Inflater(int window_bits)
  {
    if (inflateInit2(&stream_, window_bits) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  base::Result<std::string> run(std::string_view bytes, std::size_t most)
  {
    std::string out;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); // zlib does not write to it
    stream_.avail_in = static_cast<uInt>(bytes.size());
    for (;;) {
      const int code = step(out);
      if (out.size() > most) return failed("more than " + std::to_string(most) + " bytes come out of it");
      if (code == Z_STREAM_END && stream_.avail_in == 0) return out;
      if (code == Z_STREAM_END && inflateReset(&stream_) == Z_OK)
        continue; // gzip members may follow each other
      if (code != Z_OK) return failed(stream_.msg ? stream_.msg : "it is cut short");
    }
  }

private:
  int step(std::string& out)
  {
    char chunk[16 * 1024];
    stream_.next_out = reinterpret_cast<Bytef*>(chunk);
    stream_.avail_out = sizeof chunk;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    out.append(chunk, sizeof chunk - stream_.avail_out);
    return code;
  }

  z_stream stream_{};
};

} // namespace

base::Result<std::string> decode_content(std::string_view bytes, std::string_view coding, std::size_t most)
{
  const std::string name = base::lower(coding);
  if (name.empty() || name == "identity") return std::string(bytes);
  if (name == "gzip" || name == "x-gzip") return Inflater(gzip_wrapper).run(bytes, most);
  if (name != "deflate") return failed("this coding is not known");
  auto wrapped = Inflater(zlib_wrapper).run(bytes, most);
  return wrapped ? wrapped : Inflater(no_wrapper).run(bytes, most);
}

} // namespace postbackd::text
