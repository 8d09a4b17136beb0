#include "model/document_reader.hpp"

#include <charconv>

#include "base/ascii.hpp"
#include "model/query.hpp"

namespace postbackd::model
{

void DocumentReader::key(std::string_view name)
{
  if (depth_ == 1) {
    const auto is = [name](std::string_view known) { return base::equal_ignoring_case(name, known); };
    field_ = is("QueryId")  ? Field::query_id
             : is("Status") ? Field::status
             : is("Result") ? Field::result
                            : Field::other;
    if (field_ == Field::query_id && query_id_seen_) field_ = Field::other;
    query_id_seen_ |= field_ == Field::query_id;
    in_hooks_ = false;
  } else if (field_ == Field::status && depth_ == 2) {
    in_hooks_ = base::equal_ignoring_case(name, "hooks");
  }
  is_code_ = field_ == Field::status && depth_ >= 2 && base::equal_ignoring_case(name, "Code");
}

void DocumentReader::string(std::string_view text)
{
  if (field_ == Field::query_id && depth_ == 1 && is_query_id(text)) query_id_ = std::string(text);
  if (is_code_) add_code(text);
  begin_value();
}

void DocumentReader::number(std::string_view text)
{
  if (is_code_) add_code(text);
  begin_value();
}

void DocumentReader::literal(std::string_view text)
{
  if (text != "null" || depth_ > 1) begin_value();
  is_code_ = false;
}

// Called when a value begins. Any value as Result or inside it is a result; only null, [] and {} are not.
void DocumentReader::begin_value()
{
  result_seen_ |= in_result();
  has_result_ |= in_result();
  is_code_ = false;
}

void DocumentReader::begin_container()
{
  result_seen_ |= in_result();
  has_result_ |= in_result() && depth_ > 1;
  is_code_ = false;
  ++depth_;
}

void DocumentReader::add_code(std::string_view number)
{
  double code = 0;
  const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), code);
  if (failure != std::errc{} || end != number.data() + number.size()) return;
  ++codes_;
  zero_codes_ += code == 0;
  hooks_failed_ |= in_hooks_ && code != 0;
}

DocumentStatus DocumentReader::status() const
{
  if (zero_codes_ == codes_) return DocumentStatus::ok;
  return zero_codes_ == 0 ? DocumentStatus::failed : DocumentStatus::partial;
}

} // namespace postbackd::model
