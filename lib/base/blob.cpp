#include "base/blob.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/descriptor.hpp"

namespace postbackd::base
{
namespace
{

constexpr std::string_view file_prefix = ".postbackd-spool-";
constexpr std::size_t piece = 64 << 10;

[[noreturn]] void fail(std::string_view what, int number)
{
  throw Failure(Errc::unavailable, fmt::format("spool: {}: {}", what, std::strerror(number)));
}

} // namespace

Spool::Spool(std::filesystem::path directory, Limits limits, const FreeSpace& free_space)
    : directory_(std::move(directory)), in_memory_(limits.in_memory), memory_(limits.memory),
      always_(limits.always), free_space_(free_space)
{
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, ignored))
    if (entry.path().filename().string().starts_with(file_prefix))
      std::filesystem::remove(entry.path(), ignored);
}

void Spool::use(Limits limits)
{
  in_memory_ = limits.in_memory;
  memory_ = limits.memory;
  always_ = limits.always;
}

bool Spool::take(std::size_t bytes)
{
  if (taken_.fetch_add(bytes) + bytes <= memory_) return true;
  taken_ -= bytes;
  return false;
}

// Removes the name at once; a crash between the two calls leaves an empty file, which the next start removes.
int Spool::open_file() const
{
  std::string name = (directory_ / file_prefix).string() + "XXXXXX";
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) fail("cannot create a file in '" + directory_.string() + "'", errno);
  ::unlink(name.c_str());
  return descriptor;
}

void Spool::check_space(std::size_t bytes) const
{
  if (const auto enough = free_space_.check(bytes); !enough) throw Failure(enough.error());
}

Blob Blob::sibling() const { return spool_ ? Blob(*spool_) : Blob(); }

void Blob::append(std::string_view bytes)
{
  if (!file_ && !fits_in_memory(bytes.size())) move_to_file();
  if (file_)
    write(bytes);
  else
    bytes_ += bytes;
}

bool Blob::would_block(std::size_t count) const
{
  return file_ || (spool_ && bytes_.size() + count > spool_->always_ &&
                   (bytes_.size() + count > spool_->in_memory_ || spool_->taken_ + count > spool_->memory_));
}

bool Blob::fits_in_memory(std::size_t more)
{
  const std::size_t size = bytes_.size() + more;
  if (!spool_ || size <= spool_->always_) return true;
  if (size > spool_->in_memory_) return false;
  const std::size_t wanted = size - (share_ ? share_->bytes : 0);
  if (!spool_->take(wanted)) return false;
  if (share_)
    share_->bytes = size;
  else
    share_.reset(new Spool::Share{*spool_, size});
  return true;
}

void Blob::move_to_file()
{
  file_ = std::make_shared<const Descriptor>(spool_->open_file());
  write(bytes_);
  std::string().swap(bytes_); // an assignment would keep the memory
  share_.reset();
}

void Blob::write(std::string_view bytes)
{
  spool_->check_space(bytes.size());
  if (!write_all(*file_, bytes)) fail("cannot write", errno);
  file_size_ += bytes.size();
}

std::size_t Blob::read(std::uint64_t offset, char* to, std::size_t count) const
{
  count = static_cast<std::size_t>(std::min<std::uint64_t>(count, size() - std::min(offset, size())));
  if (!file_) {
    std::memcpy(to, bytes_.data() + offset, count);
    return count;
  }
  for (std::size_t done = 0; done < count;) {
    const ssize_t got = ::pread(file_->get(), to + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("cannot read", errno);
    if (got == 0) fail("a file is shorter than the data written to it", EIO);
    done += static_cast<std::size_t>(got);
  }
  return count;
}

Sha256 Blob::sha256() const
{
  if (in_memory()) return base::sha256(bytes());
  Sha256Stream stream;
  BlobReader reader(*this);
  for (auto next = reader.next(); !next.empty(); next = reader.next())
    stream.feed(next);
  return stream.finish();
}

bool operator==(const Blob& left, const Blob& right)
{
  if (left.size() != right.size()) return false;
  if (left.in_memory() && right.in_memory()) return left.bytes() == right.bytes();
  std::string one(piece, '\0');
  std::string other(piece, '\0');
  for (std::uint64_t at = 0; at < left.size(); at += piece) {
    const std::size_t count = left.read(at, one.data(), piece);
    right.read(at, other.data(), piece);
    if (std::memcmp(one.data(), other.data(), count) != 0) return false;
  }
  return true;
}

std::string_view BlobReader::next()
{
  std::string_view bytes;
  if (blob_.in_memory()) {
    bytes = std::string_view(blob_.bytes()).substr(std::min<std::uint64_t>(offset_, blob_.size()));
  } else {
    buffer_.resize(piece);
    bytes = {buffer_.data(), blob_.read(offset_, buffer_.data(), piece)};
  }
  offset_ += bytes.size();
  return bytes;
}

} // namespace postbackd::base
