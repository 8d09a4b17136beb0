#pragma once

#include <fstream>
#include <map>

#include "model/submission.hpp"
#include "submit_batch.hpp"
#include "text/json_document.hpp"

namespace postbackd::ctl
{

// Reads the submissions of a file, one at a time.
class BatchFile
{
public:
  // Throws base::Failure if the file cannot be read. The options must outlive it.
  explicit BatchFile(const BatchOptions& options);

  // Returns the next submission, or nothing at the end. Throws base::Failure with file and line.
  std::optional<model::Submission> next();

private:
  model::Submission read(const std::string& line);
  void complete(model::Submission& submission, const text::JsonNode& line) const;
  std::string key_of(const model::Submission& submission);

  const BatchOptions& options_;
  std::ifstream file_;
  std::string group_; // of lines without one
  std::size_t number_ = 0;
  std::map<std::string, int> seen_;
};

} // namespace postbackd::ctl
