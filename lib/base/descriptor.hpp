#pragma once

#include <cerrno>
#include <string_view>
#include <unistd.h>

namespace postbackd::base
{

// Owns a file descriptor; -1 is none.
class Descriptor
{
public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  explicit operator bool() const { return number_ >= 0; }
  int get() const { return number_; }
  void reset(int number = -1)
  {
    if (number_ >= 0) ::close(number_);
    number_ = number;
  }

private:
  int number_ = -1;
};

// Writes all of it at the file's position. Returns false with errno; then a part may have been written.
inline bool write_all(const Descriptor& file, std::string_view bytes)
{
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

} // namespace postbackd::base
