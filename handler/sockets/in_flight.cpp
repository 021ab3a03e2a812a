#include "handler/sockets/in_flight.hpp"

namespace runcast {
namespace {

constexpr std::size_t most = 256;

}  // namespace

InFlight::InFlight(MessageSocket& socket)
    : socket_(socket), fewer_(socket.executor(), asio::steady_timer::time_point::max()) {}

Awaitable<> InFlight::begin(std::string about, Awaitable<> task) {
  while (socket_.open() && (under_way_.size() >= most || under_way_.contains(about))) {
    co_await fewer_.async_wait(as_tuple);
  }
  under_way_.insert(about);
  socket_.spawn(run(std::move(about), std::move(task)));
}

Awaitable<> InFlight::all_done() {
  while (socket_.open() && !under_way_.empty()) co_await fewer_.async_wait(as_tuple);
}

Awaitable<> InFlight::run(std::string about, Awaitable<> task) {
  struct Done {
    InFlight& all;
    std::string const& about;
    ~Done() {
      all.under_way_.erase(about);
      all.fewer_.cancel();
    }
  } const done{*this, about};
  co_await std::move(task);
}

}  // namespace runcast
