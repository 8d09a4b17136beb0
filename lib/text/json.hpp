#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/blob.hpp"

namespace postbackd::text
{

// The store's JSON functions refuse documents nested deeper than 2,000 levels, and one such row breaks
// every query that uses them (docs/decisions.md).
constexpr int deepest_json = 1'000;

// Receives what scan_json reads, in order. Views are valid only during the call.
class JsonVisitor
{
public:
  virtual ~JsonVisitor() = default;
  virtual void begin_object() {}
  virtual void end_object() {}
  virtual void begin_array() {}
  virtual void end_array() {}
  virtual void key(std::string_view) {}
  virtual void string(std::string_view) {}
  virtual void number(std::string_view) {}  // as written
  virtual void literal(std::string_view) {} // true, false, null
};

// Checks that the text is one JSON value (RFC 8259) in valid UTF-8, at most deepest_json levels deep. Calls
// the visitor while it reads, so also for everything before an error. Never recurses. A number beyond a
// double's range is an error too (RapidJSON has no way around it). The error says what is wrong and at which
// byte. If the text is not in memory, the visitor sees the first 4 KiB of each string, and the byte is
// approximate.
base::Result<void> scan_json(const base::Blob& text, JsonVisitor& visitor);

// Appends the UTF-8 text as a JSON string, quotes included.
void append_json_string(const base::Blob& utf8, base::Blob& out);

// Returns the JSON in ASCII, for places that take nothing else: other characters, which strings may have, as
// escapes. Returns an empty text for what is not JSON.
std::string ascii_json(const std::string& json);

// Writes JSON text. The caller must follow the grammar: a key before each value of an object, an end for each
// begin.
class JsonWriter
{
public:
  JsonWriter();
  ~JsonWriter();

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text); // what is not UTF-8 becomes U+FFFD
  JsonWriter& number(std::int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  // Writes valid JSON unchanged.
  JsonWriter& raw(std::string_view json);

  std::string_view text() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace postbackd::text
