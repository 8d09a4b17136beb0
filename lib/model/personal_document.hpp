#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postbackd::model
{

// A CPF or a CNPJ, as it may stand in texts: digits, with or without marks and blanks between them.
class PersonalDocument
{
public:
  // Takes 11 or 14 digits, with or without punctuation. Returns nothing for another text.
  static std::optional<PersonalDocument> parse(std::string_view text);

  const std::string& digits() const { return digits_; }
  // Returns whether the text has it, not as a part of a longer number.
  bool is_in(std::string_view text) const;
  // Returns the length of its longest form, for texts that are read in pieces.
  std::size_t longest() const { return 4 * digits_.size(); }

private:
  explicit PersonalDocument(std::string digits) : digits_(std::move(digits)) {}

  std::string digits_;
};

} // namespace postbackd::model
