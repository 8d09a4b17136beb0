#include "text/form.hpp"

#include <string>

#include "base/ascii.hpp"

namespace postbackd::text
{
namespace
{

class FormParser
{
public:
  explicit FormParser(const base::Blob& bytes) : bytes_(bytes) { begin(); }

  std::vector<FormField> run()
  {
    base::BlobReader reader(bytes_);
    for (auto piece = reader.next(); !piece.empty(); piece = reader.next())
      for (const char c : piece) {
        feed(c);
        if (fields_.size() >= most_form_fields) return {};
      }
    end_field();
    return std::move(fields_);
  }

private:
  void begin() { field_ = {bytes_.sibling(), bytes_.sibling(), false}; }

  void feed(char c)
  {
    if (!escape_.empty() && feed_escape(c)) return;
    if (c == '%') {
      escape_ = c;
    } else if (c == '&') {
      end_field();
    } else if (c == '=' && !field_.has_value) {
      flush();
      field_.has_value = true;
    } else {
      put(c == '+' ? ' ' : c);
    }
  }

  // Reads `c` after a `%`. Returns false if both the `%` and `c` stand for themselves.
  bool feed_escape(char c)
  {
    if (base::hex_value(c) < 0) {
      end_escape();
      return false;
    }
    escape_ += c;
    if (escape_.size() < 3) return true;
    const char byte = static_cast<char>(base::hex_value(escape_[1]) * 16 + base::hex_value(escape_[2]));
    escape_.clear();
    put(byte);
    return true;
  }

  void end_escape()
  {
    for (const char c : escape_)
      put(c);
    escape_.clear();
  }

  void put(char c)
  {
    text_ += c;
    if (text_.size() >= flushed_at) flush();
  }

  void flush()
  {
    (field_.has_value ? field_.value : field_.name).append(text_);
    text_.clear();
  }

  void end_field()
  {
    end_escape();
    flush();
    if (field_.has_value || field_.name.size() > 0) fields_.push_back(std::move(field_));
    begin();
  }

  static constexpr std::size_t flushed_at = 16 << 10;

  const base::Blob& bytes_;
  std::vector<FormField> fields_;
  FormField field_;
  std::string text_;   // decoded, not yet in the field
  std::string escape_; // a `%` and at most one digit
};

} // namespace

std::vector<FormField> parse_form(const base::Blob& bytes) { return FormParser(bytes).run(); }

} // namespace postbackd::text
