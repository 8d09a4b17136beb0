#include "text/json.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/ascii.hpp"
#include "base/plain_text.hpp"
#include "text/charset.hpp"
#include "text/json_shortener.hpp"

namespace postbackd::text
{
namespace
{

namespace rj = rapidjson;

// Without the iterative flag 200,000 `[` overflow the stack.
constexpr unsigned known_utf8 = rj::kParseIterativeFlag | rj::kParseNumbersAsStringsFlag;
constexpr unsigned any_bytes = known_utf8 | rj::kParseValidateEncodingFlag;

// RapidJSON's handler: passes everything on, and stops the parser at deepest_json levels.
class Adapter
{
public:
  using Ch = char;

  explicit Adapter(JsonVisitor& visitor) : visitor_(visitor) {}

  bool too_deep() const { return depth_ > deepest_json; }

  bool StartObject()
  {
    return enter([this] { visitor_.begin_object(); });
  }
  bool StartArray()
  {
    return enter([this] { visitor_.begin_array(); });
  }
  bool EndObject(rj::SizeType)
  {
    return leave([this] { visitor_.end_object(); });
  }
  bool EndArray(rj::SizeType)
  {
    return leave([this] { visitor_.end_array(); });
  }
  bool Key(const Ch* text, rj::SizeType length, bool) { return visitor_.key({text, length}), true; }
  bool String(const Ch* text, rj::SizeType length, bool) { return visitor_.string({text, length}), true; }
  bool RawNumber(const Ch* text, rj::SizeType length, bool) { return visitor_.number({text, length}), true; }
  bool Null() { return visitor_.literal("null"), true; }
  bool Bool(bool value) { return visitor_.literal(value ? "true" : "false"), true; }

  // Never called: with kParseNumbersAsStringsFlag the parser calls RawNumber.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

private:
  template<class F>
  bool enter(F tell)
  {
    ++depth_;
    if (too_deep()) return false;
    tell();
    return true;
  }

  template<class F>
  bool leave(F tell)
  {
    --depth_;
    tell();
    return true;
  }

  JsonVisitor& visitor_;
  int depth_ = 0;
};

base::Error at_byte(std::string what, std::size_t offset)
{
  return {base::Errc::invalid, std::move(what) + " at byte " + std::to_string(offset)};
}

// RapidJSON's input: shows a document of any size through a window.
class ShortenedStream
{
public:
  using Ch = char;

  explicit ShortenedStream(const base::Blob& json) : shortener_(json) { fill(); }

  Ch Peek() const { return at_ < window_.size() ? window_[at_] : '\0'; }
  Ch Take()
  {
    const Ch c = Peek();
    if (++at_ >= window_.size()) fill();
    return c;
  }
  std::size_t Tell() const { return shortener_.offset(); }
  const std::string& problem() const { return shortener_.problem(); }

  // For parsing in place, which we do not use.
  Ch* PutBegin() { return nullptr; }
  void Put(Ch) {}
  std::size_t PutEnd(Ch*) { return 0; }

private:
  void fill()
  {
    window_ = shortener_.next();
    at_ = 0;
  }

  JsonShortener shortener_;
  std::string_view window_;
  std::size_t at_ = 0;
};

template<unsigned Flags, class Stream>
base::Result<void> scan(Stream& stream, JsonVisitor& visitor)
{
  Adapter adapter(visitor);
  rj::Reader reader;
  if (reader.Parse<Flags>(stream, adapter)) return {};
  if (adapter.too_deep())
    return at_byte("nested deeper than " + std::to_string(deepest_json) + " levels", reader.GetErrorOffset());
  return at_byte(rj::GetParseError_En(reader.GetParseErrorCode()), reader.GetErrorOffset());
}

base::Result<void> scan_memory(std::string_view text, JsonVisitor& visitor)
{
  // RapidJSON would treat a NUL as the end of the text.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) return at_byte("a NUL", nul);
  rj::MemoryStream stream(text.data(), text.size());
  // RapidJSON's own check goes byte by byte: it is there to say where the error is.
  Utf8Check check;
  check.feed(text);
  return check.is_utf8() ? scan<known_utf8>(stream, visitor) : scan<any_bytes>(stream, visitor);
}

base::Result<void> scan_file(const base::Blob& text, JsonVisitor& visitor)
{
  ShortenedStream stream(text);
  auto scanned = scan<any_bytes>(stream, visitor);
  if (!stream.problem().empty()) return at_byte(stream.problem(), stream.Tell());
  return scanned;
}

void append_escaped(char c, std::string& out)
{
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20) {
    ((out += "\\u00") += base::hex_digit(byte >> 4)) += base::hex_digit(byte & 0xF);
    return;
  }
  if (c == '"' || c == '\\') out += '\\';
  out += c;
}

} // namespace

base::Result<void> scan_json(const base::Blob& text, JsonVisitor& visitor)
{
  return text.in_memory() ? scan_memory(text.bytes(), visitor) : scan_file(text, visitor);
}

void append_json_string(const base::Blob& utf8, base::Blob& out)
{
  base::BlobReader reader(utf8);
  std::string piece = "\"";
  for (auto bytes = reader.next(); !bytes.empty(); bytes = reader.next()) {
    for (const char c : bytes)
      append_escaped(c, piece);
    out.append(piece);
    piece.clear();
  }
  piece += '"';
  out.append(piece);
}

namespace
{

using AsciiWriter = rj::Writer<rj::StringBuffer, rj::UTF8<>, rj::ASCII<>>;

struct ToAscii : AsciiWriter {
  using AsciiWriter::AsciiWriter;
  bool RawNumber(const char* text, rj::SizeType size, bool) { return RawValue(text, size, rj::kNumberType); }
};

} // namespace

std::string ascii_json(const std::string& json)
{
  rj::StringStream in(json.c_str());
  rj::StringBuffer out;
  ToAscii writer(out);
  rj::Reader reader;
  constexpr unsigned flags = rj::kParseNumbersAsStringsFlag | rj::kParseIterativeFlag;
  return reader.Parse<flags>(in, writer) ? std::string(out.GetString(), out.GetSize()) : std::string();
}

struct JsonWriter::Impl {
  rj::StringBuffer buffer;
  rj::Writer<rj::StringBuffer> writer{buffer};
};

JsonWriter::JsonWriter() : impl_(std::make_unique<Impl>()) {}
JsonWriter::~JsonWriter() = default;

JsonWriter& JsonWriter::begin_object() { return impl_->writer.StartObject(), *this; }
JsonWriter& JsonWriter::end_object() { return impl_->writer.EndObject(), *this; }
JsonWriter& JsonWriter::begin_array() { return impl_->writer.StartArray(), *this; }
JsonWriter& JsonWriter::end_array() { return impl_->writer.EndArray(), *this; }
JsonWriter& JsonWriter::number(std::int64_t value) { return impl_->writer.Int64(value), *this; }
JsonWriter& JsonWriter::boolean(bool value) { return impl_->writer.Bool(value), *this; }
JsonWriter& JsonWriter::null() { return impl_->writer.Null(), *this; }

JsonWriter& JsonWriter::raw(std::string_view json)
{
  impl_->writer.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name)
{
  return impl_->writer.Key(name.data(), static_cast<rj::SizeType>(name.size())), *this;
}

JsonWriter& JsonWriter::string(std::string_view text)
{
  Utf8Check check;
  check.feed(text);
  const std::string repaired = check.is_utf8() ? std::string() : base::as_utf8(text);
  const std::string_view utf8 = check.is_utf8() ? text : repaired;
  return impl_->writer.String(utf8.data(), static_cast<rj::SizeType>(utf8.size())), *this;
}

std::string_view JsonWriter::text() const { return {impl_->buffer.GetString(), impl_->buffer.GetSize()}; }

} // namespace postbackd::text
