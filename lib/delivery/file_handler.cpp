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

#include "base/descriptor.hpp"
#include "base/directory.hpp"
#include "base/permission.hpp"
#include "text/json.hpp"

namespace postbackd::delivery
{
namespace
{

// Returns the line up to the document, which is written piece by piece.
std::string head_of(const Delivery& delivery)
{
  text::JsonWriter writer;
  writer.begin_object().key("event").string(delivery.event).key("id").string(delivery.id);
  writer.key("query_id").string(delivery.query_id).key("label").string(delivery.label);
  writer.key("key").string(delivery.key).key("metadata");
  delivery.metadata.empty() ? writer.null() : writer.raw(delivery.metadata);
  writer.key("group").string(delivery.group).key("api").string(delivery.api);
  writer.key("datasets").string(delivery.datasets).key("status").string(delivery.status);
  writer.key("route").string(delivery.route).key("receipt");
  delivery.receipt ? writer.number(*delivery.receipt) : writer.null();
  writer.key("idempotency_key")
      .string(delivery.idempotency_key)
      .key("attempt")
      .number(delivery.attempt)
      .key("replay")
      .boolean(delivery.replayed);
  if (!delivery.traceparent.empty()) writer.key("traceparent").string(delivery.traceparent);
  if (!delivery.tracestate.empty()) writer.key("tracestate").string(delivery.tracestate);
  writer.key("document").raw("");
  return std::string(writer.text());
}

// Opens a file for one line; removes the line again unless finish() succeeds.
class Line
{
public:
  explicit Line(const std::string& path)
      : path_(path), file_(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640))
  {
    if (!file_) fail("open");
    // Excludes other handlers and processes that append to the same file.
    if (::flock(file_.get(), LOCK_EX) != 0) fail("lock");
    struct stat status {
    };
    if (::fstat(file_.get(), &status) != 0) fail("stat");
    start_ = status.st_size;
    char last = '\n';
    if (start_ > 0 && ::pread(file_.get(), &last, 1, start_ - 1) == 1 && last != '\n')
      write("\n"); // after half a line, left by a crash
  }
  ~Line()
  {
    if (!complete_) static_cast<void>(::ftruncate(file_.get(), start_) == 0);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void write(std::string_view bytes)
  {
    if (!base::write_all(file_, bytes)) fail("write");
  }

  void finish()
  {
    if (::fdatasync(file_.get()) != 0) fail("sync");
    // A new file is lost with its name: the first one, and the first after logrotate.
    if (start_ == 0 && !base::sync_directory_of(path_)) fail("sync the directory");
    complete_ = true;
  }

private:
  [[noreturn]] static void fail(const char* what)
  {
    const char* why = std::strerror(errno);
    throw base::Failure(base::Errc::unavailable, fmt::format("{}: {}{}", what, why, base::sandbox_hint(why)));
  }

  const std::string& path_;
  base::Descriptor file_;
  off_t start_ = 0;
  bool complete_ = false;
};

class FileHandler final : public Handler
{
public:
  explicit FileHandler(std::string path) : path_(std::move(path)) {}

  Outcome handle(const Delivery& delivery, std::stop_token) override
  {
    const std::lock_guard lock(mutex_);
    Line line(path_);
    line.write(head_of(delivery));
    base::BlobReader reader(delivery.document);
    for (auto piece = reader.next(); !piece.empty(); piece = reader.next()) {
      // A line end in JSON is between tokens, never inside one.
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
  std::mutex mutex_; // one line at a time
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
