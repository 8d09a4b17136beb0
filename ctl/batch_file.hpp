#pragma once

#include <fstream>
#include <map>

#include "model/submission.hpp"
#include "submit_batch.hpp"

namespace postbackd::ctl
{

// The submissions of a file, one after the other.
class BatchFile
{
public:
  // Throws base::Failure when the file cannot be read. The options must outlive it.
  explicit BatchFile(const BatchOptions& options);

  // Nothing at the end. Throws base::Failure with file and line.
  std::optional<model::Submission> next();

private:
  model::Submission read(const std::string& line);
  std::string key_of(const model::Submission& submission);

  const BatchOptions& options_;
  std::ifstream file_;
  std::size_t number_ = 0;
  std::map<std::string, int> seen_;
};

} // namespace postbackd::ctl
