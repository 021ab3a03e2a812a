#include "handler/http_stream.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/error.hpp>

#include "base/with_timeout.hpp"

namespace runcast {
namespace {

namespace beast = boost::beast;
using Clock = HttpStream::Clock;

Awaitable<sys::error_code> within(Clock::time_point until, Awaitable<sys::error_code> wait) {
  auto const left = std::chrono::ceil<Millis>(until - Clock::now());
  auto const waited = co_await with_timeout(std::max(left, Millis(0)), std::move(wait));
  bool const late = !waited || (*waited == asio::error::operation_aborted && Clock::now() >= until);
  co_return late ? sys::error_code(beast::error::timeout) : *waited;
}

}  // namespace

Awaitable<sys::error_code> HttpStream::receive(Clock::time_point until) {
  while (true) {
    sys::error_code error;
    auto const scratch = shard_.scratch();
    std::size_t const size = transport_->read_some(scratch, error);
    if (!error) input_.append(static_cast<char const*>(scratch.data()), size);
    if (error != asio::error::would_block) co_return error;
    error = co_await within(until, transport_->readable());
    if (error) co_return error;
  }
}

Awaitable<bool> HttpStream::send(std::string_view text, Clock::time_point until) {
  while (true) {
    sys::error_code error;
    asio::const_buffer const buffer(text.data(), text.size());
    text.remove_prefix(transport_->write_some({&buffer, 1}, error));
    if (!error && text.empty()) co_return true;
    if (error == asio::error::would_block) error = co_await within(until, transport_->writable());
    if (error) co_return false;
    if (text.empty()) co_return true;  // the transport had kept a rest, and has sent it
  }
}

Awaitable<> HttpStream::until_hung_up() {
  auto const here = input_.size();
  while (input_.size() == here) {
    auto error = co_await transport_->readable();
    if (error == asio::error::operation_aborted) break;
    auto const scratch = shard_.scratch();
    std::size_t const size = error ? 0 : transport_->read_some(scratch, error);
    if (error && error != asio::error::would_block) co_return;
    input_.append(static_cast<char const*>(scratch.data()), size);
  }
  asio::steady_timer never(shard_.executor(), asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
}

// A close while the client still sends would reset the connection and lose the answer: read on for a moment.
Awaitable<> HttpStream::close_in_order() {
  constexpr std::size_t enough = 32 * 1024 * 1024;
  transport_->finish();
  auto const until = Clock::now() + std::chrono::seconds(2);
  for (std::size_t waste = 0; waste < enough && !co_await receive(until); input_.clear()) waste += input_.size();
  transport_->close();
}

}  // namespace runcast
