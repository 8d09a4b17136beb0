#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>

namespace postbackd::base
{

// What a caller can do about an error; the message tells people the rest.
enum class Errc {
  invalid,     // the input is wrong: the same call would fail again
  not_found,   // the requested object does not exist
  unavailable, // a later call may succeed: a full disk, a locked file, a full queue
  fatal,       // the process can no longer promise anything and must end
};

struct Error {
  Errc code;
  std::string message;
};

// A value, or an Error that the caller decides on.
template<class T>
using Result = boost::system::result<T, Error>;

// An Error on its way up to the code that decides on it.
class Failure : public std::runtime_error
{
public:
  explicit Failure(Error error) : std::runtime_error(error.message), error_(std::move(error)) {}
  Failure(Errc code, std::string message) : Failure(Error{code, std::move(message)}) {}

  const Error& error() const { return error_; }

private:
  Error error_;
};

// Result<T>::value() calls it if there is no value.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

} // namespace postbackd::base
