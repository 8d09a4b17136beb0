#pragma once

#include <optional>
#include <string>

#include "model/envelope.hpp"
#include "text/json.hpp"

namespace postbackd::model
{

// Extracts the QueryId, the status codes and whether there is a Result, and one that is not empty, while
// scan_json reads a document (docs/protocol.md, "The postback"). Fields may be in any order, and spelt in any
// case, as the vendor's documents do; the first top-level QueryId counts.
class DocumentReader final : public text::JsonVisitor
{
public:
  void begin_object() override { begin_container(); }
  void end_object() override { --depth_; }
  void begin_array() override { begin_container(); }
  void end_array() override { --depth_; }
  void key(std::string_view name) override;
  void string(std::string_view text) override;
  void number(std::string_view text) override;
  void literal(std::string_view text) override;

  // Counts a status code outside Status: flat forms have it at the top level.
  void add_code(std::string_view number);

  const std::optional<std::string>& query_id() const { return query_id_; }
  DocumentStatus status() const;
  // An acknowledgement, like any document without a Result, answers nothing.
  Content content() const
  {
    return !result_seen_ || (hooks_failed_ && !has_result_) ? Content::notice : Content::result;
  }

private:
  enum class Field { other, query_id, status, result };

  void begin_value();
  void begin_container();
  bool in_result() const { return field_ == Field::result && depth_ >= 1; }

  int depth_ = 0;
  Field field_ = Field::other; // the current top-level field
  bool in_hooks_ = false;      // inside Status.hooks
  bool is_code_ = false;       // the next value is a Code of Status
  bool query_id_seen_ = false;
  bool result_seen_ = false; // not null
  bool has_result_ = false;  // in it
  bool hooks_failed_ = false;
  int codes_ = 0;
  int zero_codes_ = 0;
  std::optional<std::string> query_id_;
};

} // namespace postbackd::model
