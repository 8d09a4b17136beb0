#include "text/charset.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <iconv.h>
#include <memory>

#include "base/ascii.hpp"

namespace postbackd::text
{
namespace
{

// Returns the length of the ASCII run at the front; reads eight bytes at a time.
std::size_t ascii_prefix(std::string_view bytes)
{
  std::size_t i = 0;
  for (std::uint64_t word; i + 8 <= bytes.size(); i += 8) {
    std::memcpy(&word, bytes.data() + i, 8);
    if (word & 0x8080808080808080ULL) break;
  }
  while (i < bytes.size() && static_cast<unsigned char>(bytes[i]) < 0x80)
    ++i;
  return i;
}

// Converts bytes of a charset to UTF-8, in pieces cut anywhere.
class Converter
{
public:
  virtual ~Converter() = default;
  // Appends to `text`; returns false if the bytes are not valid in the charset.
  virtual bool feed(std::string_view bytes, std::string& text) = 0;
  virtual bool finish() { return true; }
};

class Latin1 final : public Converter
{
public:
  bool feed(std::string_view bytes, std::string& text) override
  {
    text.reserve(text.size() + bytes.size() + bytes.size() / 8);
    while (!bytes.empty()) {
      const std::size_t ascii = ascii_prefix(bytes);
      text += bytes.substr(0, ascii);
      bytes.remove_prefix(ascii);
      if (bytes.empty()) break;
      const auto byte = static_cast<unsigned char>(bytes.front());
      text += static_cast<char>(0xC0 | (byte >> 6));
      text += static_cast<char>(0x80 | (byte & 0x3F));
      bytes.remove_prefix(1);
    }
    return true;
  }
};

// Checks UTF-8, or only its ASCII part.
class Checked final : public Converter
{
public:
  explicit Checked(bool ascii) : ascii_(ascii) {}
  bool feed(std::string_view bytes, std::string& text) override
  {
    text += bytes;
    return check_.feed(bytes) && (!ascii_ || check_.is_ascii());
  }
  bool finish() override { return check_.is_utf8(); }

private:
  bool ascii_;
  Utf8Check check_;
};

class Iconv final : public Converter
{
public:
  explicit Iconv(const std::string& from) : handle_(iconv_open("UTF-8", from.c_str())) {}
  ~Iconv() override
  {
    if (known()) iconv_close(handle_);
  }
  Iconv(const Iconv&) = delete;
  Iconv& operator=(const Iconv&) = delete;

  bool known() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  bool feed(std::string_view bytes, std::string& text) override
  {
    std::string joined;
    if (!rest_.empty()) bytes = joined = rest_ + std::string(bytes);
    char* input = const_cast<char*>(bytes.data()); // iconv(3) does not write to it
    std::size_t left = bytes.size();
    char chunk[4096];
    bool more = left > 0;
    while (more) {
      char* output = chunk;
      std::size_t room = sizeof chunk;
      const bool failed = iconv(handle_, &input, &left, &output, &room) == static_cast<std::size_t>(-1);
      text.append(chunk, sizeof chunk - room);
      if (failed && errno == EILSEQ) return false;
      more = failed && errno == E2BIG;
    }
    rest_.assign(input, left); // an incomplete character
    return true;
  }
  bool finish() override { return rest_.empty(); }

private:
  iconv_t handle_;
  std::string rest_;
};

bool is_latin1(std::string_view charset)
{
  return charset == "iso-8859-1" || charset == "latin1" || charset == "iso8859-1" || charset == "l1" ||
         charset == "iso_8859-1";
}

bool is_utf8_name(std::string_view charset) { return charset == "utf-8" || charset == "utf8"; }

bool is_ascii_name(std::string_view charset) { return charset == "us-ascii" || charset == "ascii"; }

// iconv accepts more than names: `//TRANSLIT`, and file names inside a name.
bool is_charset_name(std::string_view charset)
{
  const auto allowed = [](char c) {
    return base::is_letter(c) || base::is_digit(c) || c == '-' || c == '_' || c == '.' || c == ':';
  };
  return !charset.empty() && charset.size() <= 40 && std::all_of(charset.begin(), charset.end(), allowed);
}

// Returns null for an unknown charset.
std::unique_ptr<Converter> converter_of(const std::string& charset)
{
  if (is_latin1(charset)) return std::make_unique<Latin1>();
  if (is_utf8_name(charset) || is_ascii_name(charset))
    return std::make_unique<Checked>(is_ascii_name(charset));
  if (!is_charset_name(charset)) return nullptr;
  auto converter = std::make_unique<Iconv>(charset);
  return converter->known() ? std::move(converter) : nullptr;
}

} // namespace

bool Utf8Check::feed(std::string_view bytes)
{
  while (valid_ && !bytes.empty()) {
    if (left_ == 0) bytes.remove_prefix(ascii_prefix(bytes));
    if (bytes.empty()) break;
    ascii_ = false;
    valid_ = step(static_cast<unsigned char>(bytes.front()));
    bytes.remove_prefix(1);
  }
  return valid_;
}

bool Utf8Check::step(unsigned char byte)
{
  if (left_ > 0) {
    const bool within = byte >= low_ && byte <= high_;
    --left_;
    low_ = 0x80;
    high_ = 0xBF;
    return within;
  }
  left_ = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
  if (byte == 0xE0) low_ = 0xA0;
  if (byte == 0xED) high_ = 0x9F;
  if (byte == 0xF0) low_ = 0x90;
  if (byte == 0xF4) high_ = 0x8F;
  return byte >= 0xC2 && byte <= 0xF4;
}

Utf8Check check_utf8(const base::Blob& bytes)
{
  Utf8Check check;
  base::BlobReader reader(bytes);
  for (auto piece = reader.next(); !piece.empty() && check.feed(piece); piece = reader.next()) {
  }
  return check;
}

std::string charset_label(std::string_view content_type)
{
  const std::string text = base::lower(content_type);
  for (std::size_t at = text.find(';'); at != std::string::npos; at = text.find(';', at)) {
    at = text.find_first_not_of(" \t;", at);
    if (at == std::string::npos) break;
    if (text.compare(at, 8, "charset=") != 0) continue;
    const bool quoted = text.size() > at + 8 && text[at + 8] == '"';
    const std::size_t start = at + 8 + (quoted ? 1 : 0);
    const std::size_t end = text.find_first_of(quoted ? "\"" : "; \t", start);
    return text.substr(start, end == std::string::npos ? end : end - start);
  }
  return {};
}

std::optional<ByteOrderMark> byte_order_mark(std::string_view bytes)
{
  if (bytes.starts_with("\xEF\xBB\xBF")) return ByteOrderMark{"utf-8", 3};
  if (bytes.starts_with("\xFF\xFE")) return ByteOrderMark{"utf-16le", 2};
  if (bytes.starts_with("\xFE\xFF")) return ByteOrderMark{"utf-16be", 2};
  return std::nullopt;
}

bool extends_ascii(std::string_view charset)
{
  return !charset.starts_with("utf-16") && !charset.starts_with("utf-32") && !charset.starts_with("ucs-");
}

bool is_same_as_utf8(std::string_view charset, bool ascii)
{
  return is_utf8_name(charset) || (ascii && (is_ascii_name(charset) || is_latin1(charset)));
}

base::Result<void> to_utf8(const base::Blob& bytes, const std::string& charset, std::uint64_t most,
                           base::Blob& out)
{
  const base::Error mismatch{base::Errc::invalid, "the bytes are not " + charset};
  const auto converter = converter_of(charset);
  if (!converter) return mismatch;
  base::BlobReader reader(bytes);
  std::string text;
  for (auto piece = reader.next(); !piece.empty(); piece = reader.next()) {
    text.clear();
    if (!converter->feed(piece, text)) return mismatch;
    if (out.size() + text.size() > most)
      return base::Error{base::Errc::invalid, "its UTF-8 copy is too large to keep"};
    out.append(text);
  }
  return converter->finish() ? base::Result<void>() : mismatch;
}

} // namespace postbackd::text
