#include "postgresql/array.hpp"

#include "postgresql/values.hpp"

namespace postbackd::postgresql
{
namespace
{

constexpr std::size_t header_size = 20;

void put(std::string& out, std::size_t at, std::uint32_t word)
{
  for (int shift = 24; shift >= 0; shift -= 8)
    out[at++] = static_cast<char>(word >> shift & 0xff);
}

void append(std::string& out, std::uint32_t word)
{
  out.resize(out.size() + 4);
  put(out, out.size() - 4, word);
}

} // namespace

Array::Array(Type type) : type_(type), bytes_(header_size, '\0') {}

void Array::add_element(std::string_view bytes)
{
  append(bytes_, static_cast<std::uint32_t>(bytes.size()));
  bytes_ += bytes;
  ++count_;
}

void Array::add(std::int64_t number) { add_element(binary_number(number)); }

void Array::add(base::TimePoint time) { add_element(binary_time(time)); }

void Array::add(std::string_view text)
{
  if (type_ == Type::bytes || is_storable_text(text))
    add_element(text);
  else
    add_element(storable_text(text));
}

void Array::add_null()
{
  append(bytes_, ~std::uint32_t{0});
  has_null_ = true;
  ++count_;
}

// Dimensions, whether there are nulls, the type of the elements, how many, the number of the first.
std::string_view Array::bytes()
{
  put(bytes_, 0, 1);
  put(bytes_, 4, has_null_ ? 1 : 0);
  put(bytes_, 8, element_type(type_));
  put(bytes_, 12, count_);
  put(bytes_, 16, 1);
  return bytes_;
}

} // namespace postbackd::postgresql
