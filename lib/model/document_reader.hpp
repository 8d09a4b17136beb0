#pragma once

#include <optional>
#include <string>

#include "model/envelope.hpp"
#include "text/json.hpp"

namespace postbackd::model
{

// Picks QueryId, status codes and the emptiness of Result out of a document as scan_json walks over it
// (protocol, "Envelope"). Fields come in any order; of doubled top-level QueryIds the first counts.
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

  // Counts a status code that stands outside Status: flat forms have theirs at the top.
  void add_code(std::string_view number);

  const std::optional<std::string>& query_id() const { return query_id_; }
  DocumentStatus status() const;
  Content content() const { return hooks_failed_ && !has_result_ ? Content::notice : Content::result; }

private:
  enum class Field { other, query_id, status, result };

  void begin_value();
  void begin_container();
  bool in_result() const { return field_ == Field::result && depth_ >= 1; }

  int depth_ = 0;
  Field field_ = Field::other; // the top-level field we are in
  bool in_hooks_ = false;      // in Status.hooks
  bool is_code_ = false;       // the next value is a Code of Status
  bool query_id_seen_ = false;
  bool has_result_ = false;
  bool hooks_failed_ = false;
  int codes_ = 0;
  int zero_codes_ = 0;
  std::optional<std::string> query_id_;
};

} // namespace postbackd::model
