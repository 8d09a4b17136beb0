#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "base/free_space.hpp"

namespace postbackd::base
{

class Descriptor;

// Holds bytes that do not fit in memory. One per process. Thread-safe.
class Spool
{
public:
  struct Limits {
    std::size_t in_memory = 1 << 20; // per blob; a larger one goes to a file
    std::size_t memory = 32 << 20;   // for all blobs together; beyond it, smaller blobs go to files too
    // Every blob may use this much, however full the memory is: the number of connections bounds the total.
    std::size_t always = 16 << 10;

    bool operator==(const Limits&) const = default;
  };

  // Removes files that a crash has left in the directory. `free_space` must outlive the spool.
  Spool(std::filesystem::path directory, Limits limits, const FreeSpace& free_space);

  void use(Limits limits);
  // Returns how many bytes of the shared memory blobs use now.
  std::size_t memory_in_use() const { return taken_; }

private:
  friend class Blob;

  // A share of the memory; the destructor returns it.
  struct Share {
    ~Share() { spool.taken_ -= bytes; }
    Spool& spool;
    std::size_t bytes;
  };

  bool take(std::size_t bytes);
  int open_file() const;
  void check_space(std::size_t bytes) const;

  std::filesystem::path directory_;
  std::atomic<std::size_t> in_memory_;
  std::atomic<std::size_t> memory_;
  std::atomic<std::size_t> always_;
  std::atomic<std::size_t> taken_ = 0;
  const FreeSpace& free_space_;
};

// Any number of bytes: written once, from front to back, then read any number of times. With a spool, a large
// blob is in a file without a name, which disappears with the last copy or with the process.
class Blob
{
public:
  // Without a spool the bytes stay in memory, however many there are.
  Blob() = default;
  Blob(std::string bytes) : bytes_(std::move(bytes)) {}
  Blob(const char* text) : bytes_(text) {}
  // The spool must outlive the blob.
  explicit Blob(Spool& spool) : spool_(&spool) {}

  // Returns an empty blob with the same spool.
  Blob sibling() const;

  // Do not call it on a copy that shares its file. Throws Failure (unavailable) if the disk has no room.
  void append(std::string_view bytes);
  // Returns whether append() of `count` bytes would wait for the disk.
  bool would_block(std::size_t count) const;

  std::uint64_t size() const { return file_ ? file_size_ : bytes_.size(); }
  bool in_memory() const { return !file_; }
  // Call only if in_memory().
  const std::string& bytes() const { return bytes_; }
  // Reads up to `count` bytes from `offset`; returns how many, fewer only at the end. Throws Failure.
  std::size_t read(std::uint64_t offset, char* to, std::size_t count) const;

  Sha256 sha256() const;

private:
  bool fits_in_memory(std::size_t more);
  void move_to_file();
  void write(std::string_view bytes);

  Spool* spool_ = nullptr;
  std::string bytes_;
  std::shared_ptr<Spool::Share> share_; // of bytes_, if it is larger than Limits::always
  std::shared_ptr<const Descriptor> file_;
  std::uint64_t file_size_ = 0;
};

bool operator==(const Blob& left, const Blob& right);

// Reads a blob in order, piece by piece. The blob must outlive the reader.
class BlobReader
{
public:
  explicit BlobReader(const Blob& blob) : blob_(blob) {}

  // Returns the next bytes, valid until the next call; empty at the end. Throws Failure.
  std::string_view next();

private:
  const Blob& blob_;
  std::uint64_t offset_ = 0;
  std::string buffer_;
};

} // namespace postbackd::base
