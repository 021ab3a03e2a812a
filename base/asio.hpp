#pragma once

#include <exception>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

namespace runcast {

namespace asio = boost::asio;
namespace sys = boost::system;

template <class T = void>
using Awaitable = asio::awaitable<T>;

// `auto [error, n] = co_await operation(..., as_tuple);`: a failed operation is a value, not an exception.
inline constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

// Lets whatever else is ready on the coroutine's executor run first.
Awaitable<> yield();

// Throws what Asio throws into a coroutine that was cancelled.
[[noreturn]] void throw_cancelled();

// Whether an exception is how a cancelled coroutine ends, and so nobody's failure.
bool is_cancellation(std::exception_ptr const& exception);

}  // namespace runcast
