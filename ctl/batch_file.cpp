#include "batch_file.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/digest.hpp"
#include "command.hpp"
#include "model/submission_reader.hpp"

namespace postbackd::ctl
{

BatchFile::BatchFile(const BatchOptions& options)
    : options_(options), file_(options.file), group_(std::filesystem::path(options.file).filename().string() +
                                                     (options.run.empty() ? "" : ":" + options.run))
{
  // The file is read twice, so it cannot be a pipe.
  if (!file_ || !std::filesystem::is_regular_file(options.file))
    throw base::Failure(base::Errc::not_found,
                        fmt::format("cannot read '{}': it must be a regular file", options.file));
}

std::optional<model::Submission> BatchFile::next()
{
  for (std::string line; std::getline(file_, line);) {
    ++number_;
    if (line.find_first_not_of(" \t\r") != std::string::npos) return read(line);
  }
  return std::nullopt;
}

model::Submission BatchFile::read(const std::string& line)
{
  try {
    const auto document = text::JsonDocument::parse(line);
    model::Submission submission = model::read_submission(document ? document->root() : text::JsonNode(),
                                                          options_.defaults.deadline, now());
    submission.client = "local"; // as over the API
    complete(submission, document->root());
    if (!submission.key) submission.key = key_of(submission);
    return submission;
  } catch (const base::Failure& failure) {
    throw base::Failure(base::Errc::invalid,
                        fmt::format("{}:{}: {}", options_.file, number_, failure.what()));
  }
}

void BatchFile::complete(model::Submission& submission, const text::JsonNode& line) const
{
  const model::Submission& defaults = options_.defaults;
  if (!line.find("deadline").is_string()) submission.deadline_at = defaults.deadline_at;
  if (!submission.expires_at) submission.expires_at = defaults.expires_at;
  if (!submission.group) submission.group = defaults.group ? defaults.group : group_;
  submission.again = submission.again || defaults.again;
}

// A line that occurs twice is two submissions.
std::string BatchFile::key_of(const model::Submission& submission)
{
  const std::string content =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", options_.run, submission.api, submission.datasets, submission.q,
                  submission.label.value_or(""), submission.parameters.value_or(""));
  const std::string digest = base::to_hex(base::sha256(content));
  return fmt::format("batch:{}:{}", digest, ++seen_[digest]);
}

} // namespace postbackd::ctl
