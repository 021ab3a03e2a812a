// Asio's one compiled copy (BOOST_ASIO_SEPARATE_COMPILATION).
#include "base/asio.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/impl/src.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

namespace runcast {

Awaitable<> yield() { return asio::post(asio::use_awaitable); }

void throw_cancelled() { throw sys::system_error(asio::error::operation_aborted); }

bool is_cancellation(std::exception_ptr const& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (sys::system_error const& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace runcast
