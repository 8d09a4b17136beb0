#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>

namespace postbackd::base
{

// What a caller can do about an error; the message says the rest, to people.
enum class Errc {
  invalid,     // the input is wrong: the same call fails again
  not_found,   // what was asked for is not there
  unavailable, // it may work later: a full disk, a locked file, a full queue
  fatal,       // the process can no longer promise anything and must end
};

struct Error {
  Errc code;
  std::string message;
};

// A value, or an Error the caller decides on.
template<class T>
using Result = boost::system::result<T, Error>;

// An Error on its way up to where it is decided on.
class Failure : public std::runtime_error
{
public:
  explicit Failure(Error error) : std::runtime_error(error.message), error_(std::move(error)) {}
  Failure(Errc code, std::string message) : Failure(Error{code, std::move(message)}) {}

  const Error& error() const { return error_; }

private:
  Error error_;
};

// Called by Result<T>::value() when there is none.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

} // namespace postbackd::base
