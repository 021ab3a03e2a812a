#include "hub/transport.hpp"

#include <memory>
#include <optional>

#include <boost/asio/append.hpp>
#include <boost/asio/post.hpp>

namespace runcast {
namespace {

// A coroutine that waits. Whatever comes first lets it go on, through its own executor; its result is the error, which
// is not thrown.
struct Suspended {
  using Handler = asio::async_result<asio::use_awaitable_t<>, void(sys::error_code, sys::error_code)>::handler_type;

  void resume(sys::error_code error) {
    if (auto suspended = std::exchange(handler, std::nullopt)) {
      asio::post(asio::append(std::move(*suspended), sys::error_code(), error));
    }
  }

  std::optional<Handler> handler;
};

}  // namespace

Awaitable<sys::error_code> Transport::wait(Wait what) {
  auto initiation = [this, what](Suspended::Handler&& handler) {
    auto slot = handler.get_cancellation_slot();
    auto const suspended = std::make_shared<Suspended>(Suspended{std::move(handler)});
    if (slot.is_connected()) {
      slot.assign([weak = std::weak_ptr(suspended)](asio::cancellation_type) {
        if (auto const waiting = weak.lock()) waiting->resume(asio::error::operation_aborted);
      });
    }
    when(what, [suspended](sys::error_code error) { suspended->resume(error); });
  };
  return asio::async_initiate<asio::use_awaitable_t<> const, void(sys::error_code, sys::error_code)>(
      std::move(initiation), asio::use_awaitable);
}

}  // namespace runcast
