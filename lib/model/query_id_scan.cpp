#include "model/query_id_scan.hpp"

#include "base/ascii.hpp"
#include "model/query.hpp"

namespace postbackd::model
{
namespace
{

// Longer than any text we look for.
constexpr std::size_t longest_text = 256;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Walks over JSON-like bytes, one at a time.
class Scanner
{
public:
  // Returns false once the result is decided.
  bool feed(char c)
  {
    switch (state_) {
    case State::outside:
      return feed_outside(c);
    case State::string:
      return feed_string(c);
    case State::escaped:
      append(c);
      state_ = State::string;
      return true;
    case State::quote:
      return feed_after_quote(c);
    case State::colon:
      if (c == ':') state_ = State::value;
      return c == ':' || is_space(c);
    case State::value:
      if (c == '"') begin_string(State::query_id);
      return c == '"' || is_space(c);
    case State::query_id:
      return feed_query_id(c);
    }
    return false;
  }

  std::optional<std::string> result() const { return result_; }

private:
  enum class State { outside, string, escaped, quote, colon, value, query_id };

  bool feed_outside(char c)
  {
    if (c == '"') {
      begin_string(State::string);
      return true;
    }
    if (c == '{' || c == '[') ++depth_;
    if (c == '}' || c == ']') --depth_;
    if (c == '{' || c == ',') expects_key_ = true;
    if (c == '[' || c == ':') expects_key_ = false;
    return true;
  }

  void begin_string(State state)
  {
    state_ = state;
    text_.clear();
  }

  bool feed_string(char c)
  {
    if (c == '"') {
      state_ = State::quote;
      spaces_.clear();
      return true;
    }
    if (c == '\\') state_ = State::escaped;
    append(c);
    return true;
  }

  // The quote closes the string only if `c` may follow a string; otherwise it is part of it.
  bool feed_after_quote(char c)
  {
    if (is_space(c)) {
      if (spaces_.size() < longest_text) spaces_ += c;
      return true;
    }
    if (std::string_view(",:}]").find(c) == std::string_view::npos) {
      append('"');
      for (const char space : spaces_)
        append(space);
      state_ = State::string;
      return feed_string(c);
    }
    const bool found = depth_ == 1 && expects_key_ && base::equal_ignoring_case(text_, "QueryId");
    expects_key_ = false;
    state_ = found ? State::colon : State::outside;
    return feed(c);
  }

  bool feed_query_id(char c)
  {
    if (c == '"' && is_query_id(text_)) result_ = text_;
    if (c == '"' || c == '\\' || text_.size() >= longest_text) return false;
    append(c);
    return true;
  }

  void append(char c)
  {
    if (text_.size() < longest_text) text_ += c;
  }

  State state_ = State::outside;
  long depth_ = 0;
  bool expects_key_ = false;
  std::string text_;   // the beginning of the current string
  std::string spaces_; // after a quote that may end it
  std::optional<std::string> result_;
};

} // namespace

std::optional<std::string> find_query_id(const base::Blob& bytes)
{
  Scanner scanner;
  base::BlobReader reader(bytes);
  for (auto piece = reader.next(); !piece.empty(); piece = reader.next())
    for (const char c : piece)
      if (!scanner.feed(c)) return scanner.result();
  return std::nullopt;
}

} // namespace postbackd::model
