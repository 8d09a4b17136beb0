#include "text/charset.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <iconv.h>

#include "base/ascii.hpp"

namespace postbackd::text
{
namespace
{

// Length of the ASCII run at the front, eight bytes at a time.
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

// Length of the valid multi-byte sequence at the front, 0 when there is none (Unicode 15, table 3-7).
std::size_t sequence_length(std::string_view bytes)
{
  const auto at = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0; };
  const auto within = [&](std::size_t i, int low, int high) { return at(i) >= low && at(i) <= high; };
  const int lead = at(0);
  if (lead >= 0xC2 && lead <= 0xDF) return within(1, 0x80, 0xBF) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const int low = lead == 0xE0 ? 0xA0 : 0x80;
    const int high = lead == 0xED ? 0x9F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const int low = lead == 0xF0 ? 0x90 : 0x80;
    const int high = lead == 0xF4 ? 0x8F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) && within(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

std::string latin1_to_utf8(std::string_view bytes)
{
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 8);
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
  return text;
}

class Iconv
{
public:
  explicit Iconv(const std::string& from) : handle_(iconv_open("UTF-8", from.c_str())) {}
  ~Iconv()
  {
    if (known()) iconv_close(handle_);
  }
  Iconv(const Iconv&) = delete;
  Iconv& operator=(const Iconv&) = delete;

  bool known() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  std::optional<std::string> convert(std::string_view bytes)
  {
    std::string text;
    char* input = const_cast<char*>(bytes.data()); // iconv(3) does not write to it
    std::size_t left = bytes.size();
    char chunk[4096];
    while (left > 0) {
      char* output = chunk;
      std::size_t room = sizeof chunk;
      const bool failed = iconv(handle_, &input, &left, &output, &room) == static_cast<std::size_t>(-1);
      text.append(chunk, sizeof chunk - room);
      if (failed && errno != E2BIG) return std::nullopt;
    }
    return text;
  }

private:
  iconv_t handle_;
};

bool is_latin1(std::string_view charset)
{
  return charset == "iso-8859-1" || charset == "latin1" || charset == "iso8859-1" || charset == "l1" ||
         charset == "iso_8859-1";
}

// iconv takes more than names: `//TRANSLIT` and file names through them.
bool is_charset_name(std::string_view charset)
{
  const auto allowed = [](char c) {
    return base::is_letter(c) || base::is_digit(c) || c == '-' || c == '_' || c == '.' || c == ':';
  };
  return !charset.empty() && charset.size() <= 40 && std::all_of(charset.begin(), charset.end(), allowed);
}

} // namespace

bool is_ascii(std::string_view bytes) { return ascii_prefix(bytes) == bytes.size(); }

bool is_utf8(std::string_view bytes)
{
  for (;;) {
    bytes.remove_prefix(ascii_prefix(bytes));
    if (bytes.empty()) return true;
    const std::size_t length = sequence_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
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

std::optional<std::string> to_utf8(std::string_view bytes, const std::string& charset)
{
  if (is_latin1(charset)) return latin1_to_utf8(bytes);
  if (charset == "utf-8" || charset == "utf8")
    return is_utf8(bytes) ? std::optional<std::string>(bytes) : std::nullopt;
  if (charset == "us-ascii" || charset == "ascii")
    return is_ascii(bytes) ? std::optional<std::string>(bytes) : std::nullopt;
  if (!is_charset_name(charset)) return std::nullopt;
  Iconv converter(charset);
  if (!converter.known()) return std::nullopt;
  return converter.convert(bytes);
}

} // namespace postbackd::text
