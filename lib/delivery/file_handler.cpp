#include "delivery/file_handler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text/json.hpp"

namespace postbackd::delivery
{
namespace
{

std::string head_of(const Result& result)
{
  text::JsonWriter writer;
  writer.begin_object().key("event").string(result.event).key("query_id").string(result.query_id);
  writer.key("label")
      .string(result.label)
      .key("api")
      .string(result.api)
      .key("datasets")
      .string(result.datasets);
  writer.key("status").string(result.status).key("route").string(result.route).key("receipt");
  if (result.receipt)
    writer.string(std::to_string(*result.receipt)); // beyond what a double holds
  else
    writer.null();
  writer.key("key").string(result.key).key("attempt").number(result.attempt).end_object();
  std::string head(writer.text());
  head.pop_back();
  return head + ",\"document\":";
}

// A file that is open for one line: a line that did not succeed is taken back.
class Line
{
public:
  explicit Line(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640))
  {
    if (descriptor_ < 0) fail("open");
    // Also against another handler, or another process, with the same file.
    if (::flock(descriptor_, LOCK_EX) != 0) fail("lock");
    struct stat status {
    };
    if (::fstat(descriptor_, &status) != 0) fail("stat");
    start_ = status.st_size;
    char last = '\n';
    if (start_ > 0 && ::pread(descriptor_, &last, 1, start_ - 1) == 1 && last != '\n')
      write("\n"); // half a line, of a crash
  }
  ~Line()
  {
    if (descriptor_ >= 0 && !complete_) static_cast<void>(::ftruncate(descriptor_, start_) == 0);
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void write(std::string_view bytes)
  {
    while (!bytes.empty()) {
      const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail("write");
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  void finish()
  {
    if (::fdatasync(descriptor_) != 0) fail("sync");
    complete_ = true;
  }

private:
  [[noreturn]] static void fail(const char* what)
  {
    throw base::Failure(base::Errc::unavailable, fmt::format("{}: {}", what, std::strerror(errno)));
  }

  int descriptor_;
  off_t start_ = 0;
  bool complete_ = false;
};

class FileHandler final : public Handler
{
public:
  explicit FileHandler(std::string path) : path_(std::move(path)) {}

  Outcome handle(const Result& result, std::stop_token) override
  {
    const std::lock_guard lock(mutex_);
    Line line(path_);
    line.write(head_of(result));
    base::BlobReader reader(result.document);
    for (auto piece = reader.next(); !piece.empty(); piece = reader.next()) {
      // A line end in JSON stands between its tokens, never within one.
      std::string flat(piece);
      std::replace_if(
          flat.begin(), flat.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
      line.write(flat);
    }
    line.write("}\n");
    line.finish();
    return Outcome::done();
  }

private:
  std::string path_;
  std::mutex mutex_; // one line after the other
};

} // namespace

std::unique_ptr<Handler> make_file_handler(const HandlerOptions& options)
{
  const std::filesystem::path path = options.text("path");
  if (path.empty()) throw base::Failure(base::Errc::invalid, "path: missing: the file to append to");
  if (!path.is_absolute())
    throw base::Failure(base::Errc::invalid, fmt::format("path: '{}' must be absolute", path.string()));
  if (!std::filesystem::is_directory(path.parent_path()))
    throw base::Failure(base::Errc::invalid,
                        fmt::format("path: the directory '{}' does not exist", path.parent_path().string()));
  return std::make_unique<FileHandler>(path.string());
}

} // namespace postbackd::delivery
