#include "text/content_coding.hpp"

#include <zlib.h>

#include <new>

#include "base/ascii.hpp"

namespace postbackd::text
{
namespace
{

// zlib's windowBits: 15 means the zlib wrapper, 15 + 16 the gzip wrapper, -15 no wrapper.
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

  base::Result<base::Blob> run(const base::Blob& bytes, std::uint64_t most)
  {
    base::Blob out = bytes.sibling();
    base::BlobReader reader(bytes);
    int code = Z_OK;
    for (auto piece = reader.next(); !piece.empty(); piece = reader.next()) {
      stream_.next_in =
          reinterpret_cast<Bytef*>(const_cast<char*>(piece.data())); // zlib does not write to it
      stream_.avail_in = static_cast<uInt>(piece.size());
      do {
        // Several gzip members can follow each other; zeros after them are padding (gzip(1)).
        if (code == Z_STREAM_END && !skip_zeros()) break;
        if (code == Z_STREAM_END && inflateReset(&stream_) != Z_OK) break;
        code = step(out);
        if (out.size() > most)
          return failed("it decompresses to more than " + std::to_string(most) + " bytes");
        if (code == Z_BUF_ERROR) code = Z_OK; // it needs the next piece
        if (code != Z_OK && code != Z_STREAM_END) return failed(stream_.msg ? stream_.msg : "it is corrupt");
      } while (stream_.avail_in > 0 || (code == Z_OK && stream_.avail_out == 0));
    }
    if (code != Z_STREAM_END) return failed("it is truncated");
    return out;
  }

private:
  // Returns whether something other than zeros follows.
  bool skip_zeros()
  {
    while (stream_.avail_in > 0 && *stream_.next_in == 0) {
      ++stream_.next_in;
      --stream_.avail_in;
    }
    return stream_.avail_in > 0;
  }

  int step(base::Blob& out)
  {
    char chunk[16 * 1024];
    stream_.next_out = reinterpret_cast<Bytef*>(chunk);
    stream_.avail_out = sizeof chunk;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    out.append({chunk, sizeof chunk - stream_.avail_out});
    return code;
  }

  z_stream stream_{};
};

class Deflater
{
public:
  Deflater()
  {
    if (deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, gzip_wrapper, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  base::Blob run(const base::Blob& bytes)
  {
    base::Blob out = bytes.sibling();
    base::BlobReader reader(bytes);
    for (auto piece = reader.next(); !piece.empty(); piece = reader.next())
      feed(piece, Z_NO_FLUSH, out);
    feed({}, Z_FINISH, out);
    return out;
  }

private:
  void feed(std::string_view piece, int flush, base::Blob& out)
  {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data())); // zlib does not write to it
    stream_.avail_in = static_cast<uInt>(piece.size());
    do {
      char chunk[16 * 1024];
      stream_.next_out = reinterpret_cast<Bytef*>(chunk);
      stream_.avail_out = sizeof chunk;
      deflate(&stream_, flush);
      out.append({chunk, sizeof chunk - stream_.avail_out});
    } while (stream_.avail_out == 0);
  }

  z_stream stream_{};
};

} // namespace

base::Blob gzip(const base::Blob& bytes) { return Deflater().run(bytes); }

base::Result<base::Blob> decode_content(const base::Blob& bytes, std::string_view coding, std::uint64_t most)
{
  const std::string name = base::lower(coding);
  if (name.empty() || name == "identity") return bytes;
  if (name == "gzip" || name == "x-gzip") return Inflater(gzip_wrapper).run(bytes, most);
  if (name != "deflate") return failed("unknown coding");
  auto wrapped = Inflater(zlib_wrapper).run(bytes, most);
  if (wrapped) return wrapped;
  return Inflater(no_wrapper).run(bytes, most);
}

} // namespace postbackd::text
