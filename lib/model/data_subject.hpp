#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postbackd::model
{

// A person or a company as texts name it: by its CPF or CNPJ, or by an e-mail address.
class DataSubject
{
public:
  // Takes 11 or 14 digits, with or without punctuation. Returns nothing for another text.
  static std::optional<DataSubject> of_document(std::string_view text);
  // Takes an address such as ana@example.com. Returns nothing for another text.
  static std::optional<DataSubject> of_email(std::string_view text);

  bool has_document() const { return kind_ == Kind::document; }

  // Returns whether the text has it in any spelling: escaped as in JSON or a form; a document with marks,
  // blanks and dashes between its digits, with zeros before it, or as a number, without one or two of its
  // own; an address in capitals. Not as a part of a longer number or address.
  bool is_in(std::string_view text) const;

private:
  friend class SubjectSearch;
  enum class Kind { document, email };
  DataSubject(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}

  // Looks for one that begins at or after `from`. With `more`, one that may go on after the text does not
  // count yet.
  bool is_in(std::string_view text, std::size_t from, bool more, bool anywhere) const;
  std::optional<std::size_t> end_of(std::string_view text, std::size_t at, bool anywhere) const;

  Kind kind_;
  std::string text_; // all digits; or an address in lower case
};

// Looks for it in a text that comes in pieces.
class SubjectSearch
{
public:
  // With `anywhere`, it also counts as a part of something longer: in a page of a store, texts stand side by
  // side.
  explicit SubjectSearch(const DataSubject& subject, bool anywhere = false)
      : subject_(subject), anywhere_(anywhere)
  {
  }

  // Returns whether it has been found. An empty piece is the end of the text.
  bool add(std::string_view piece);

private:
  const DataSubject& subject_;
  bool anywhere_;
  std::string bytes_;     // the last ones
  std::size_t known_ = 0; // those at the front in which none begins
  bool found_ = false;
};

} // namespace postbackd::model
