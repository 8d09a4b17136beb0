#include "model/query_id_scan.hpp"

#include <algorithm>

#include "model/query.hpp"

namespace postbackd::model
{
namespace
{

constexpr std::string_view spaces = " \t\r\n";

// Walks over JSON-like bytes, one token at a time.
class Scanner
{
public:
  explicit Scanner(std::string_view bytes) : bytes_(bytes) {}

  std::optional<std::string> run()
  {
    while (at_ < bytes_.size()) {
      const char c = bytes_[at_];
      if (c == '"') {
        const std::string_view text = take_string();
        if (depth_ == 1 && expects_key_ && text == "QueryId") return take_value();
        expects_key_ = false;
        continue;
      }
      follow(c);
      ++at_;
    }
    return std::nullopt;
  }

private:
  void follow(char c)
  {
    if (c == '{' || c == '[') ++depth_;
    if (c == '}' || c == ']') --depth_;
    if (c == '{' || c == ',') expects_key_ = true;
    if (c == '[' || c == ':') expects_key_ = false;
  }

  // The text between the quote at at_ and the one that ends the string; at_ goes behind it.
  std::string_view take_string()
  {
    const std::size_t start = ++at_;
    for (; at_ < bytes_.size(); ++at_) {
      if (bytes_[at_] == '\\')
        ++at_;
      else if (bytes_[at_] == '"' && json_goes_on_after(at_))
        break;
    }
    const std::size_t end = std::min(at_, bytes_.size());
    at_ = end + 1;
    return bytes_.substr(start, end - start);
  }

  bool json_goes_on_after(std::size_t quote) const
  {
    const std::size_t next = bytes_.find_first_not_of(spaces, quote + 1);
    return next == std::string_view::npos ||
           std::string_view(",:}]").find(bytes_[next]) != std::string_view::npos;
  }

  std::optional<std::string> take_value()
  {
    at_ = bytes_.find_first_not_of(spaces, at_);
    if (at_ == std::string_view::npos || bytes_[at_] != ':') return std::nullopt;
    at_ = bytes_.find_first_not_of(spaces, at_ + 1);
    if (at_ == std::string_view::npos || bytes_[at_] != '"') return std::nullopt;
    const std::size_t start = at_ + 1;
    const std::size_t end = bytes_.find('"', start);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view value = bytes_.substr(start, end - start);
    const bool plain = value.find('\\') == std::string_view::npos;
    return plain && is_query_id(value) ? std::optional<std::string>(value) : std::nullopt;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  long depth_ = 0;
  bool expects_key_ = false;
};

} // namespace

std::optional<std::string> find_query_id(std::string_view bytes) { return Scanner(bytes).run(); }

} // namespace postbackd::model
