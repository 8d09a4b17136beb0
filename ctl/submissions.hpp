#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command.hpp"
#include "model/submission.hpp"
#include "store/submission_store.hpp"

namespace postbackd::ctl
{

// Where postbackctl submits: the API on the socket where a daemon listens, so that no write access to the
// file is needed, or else the file. Throws base::Failure with a readable message.
class Submissions
{
public:
  virtual ~Submissions() = default;

  virtual std::vector<store::Enqueued> enqueue(const std::vector<model::Submission>& submissions) = 0;
  virtual std::optional<store::QueryRecord> find(const std::string& id) = 0;
  virtual std::optional<std::string> result(const std::string& id) = 0;
  // Returns whether a daemon sends what is queued. Waits for one that has just been started.
  virtual bool are_sent() = 0;
};

// Uses the daemon's socket if there is one, else the store.
std::unique_ptr<Submissions> open_submissions(const Configuration& configuration);

} // namespace postbackd::ctl
