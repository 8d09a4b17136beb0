#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postbackd::model
{

// A CPF or a CNPJ, as it may stand in texts: digits only, or with its punctuation.
class PersonalDocument
{
public:
  // Takes 11 or 14 digits, with or without punctuation. Returns nothing for another text.
  static std::optional<PersonalDocument> parse(std::string_view text);

  const std::string& digits() const { return digits_; }
  // Returns whether the text has it, not as a part of a longer number.
  bool is_in(std::string_view text) const;
  // Returns the length of its longest form, for texts that are read in pieces.
  std::size_t longest() const;

private:
  explicit PersonalDocument(std::string digits);

  std::string digits_;
  std::vector<std::string> forms_;
};

} // namespace postbackd::model
