#include "ticker.hpp"

#include <array>
#include <cstdio>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "hub/subscription.hpp"
#include "hub/tcp_transport.hpp"
#include "hub/websocket/handshake.hpp"
#include "model/event.hpp"

using namespace runcast;
using asio::ip::tcp;

namespace {

constexpr std::size_t longest_request = 8 * 1024;

std::array<asio::any_io_executor, 1> one_shard(asio::io_context& context) { return {context.get_executor()}; }

HubOptions options() {
  HubOptions options;
  options.epoch = "1";
  return options;
}

// A field of a request; enough for an example. A server would rather parse HTTP.
std::string_view field(std::string_view request, std::string_view name) {
  auto const at = request.find(name);
  if (at == request.npos) return {};
  auto const begin = at + name.size();
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

}  // namespace

Ticker::Ticker(int ticks)
    : ticks_(ticks),
      listener_(context_, {asio::ip::address_v4::loopback(), 0}),
      hub_(options(), history_, one_shard(context_)) {
  TcpTransport::prepare(listener_);
}

int Ticker::run() {
  std::printf("listening %u\n", static_cast<unsigned>(listener_.local_endpoint().port()));
  std::fflush(stdout);
  tasks_.spawn(hub_.shard(0).run());
  tasks_.spawn(accept());
  tasks_.spawn(subscribe());
  tasks_.spawn(publish());
  context_.run();
  return seen_;
}

Awaitable<> Ticker::accept() {
  while (true) {
    auto [error, socket] = co_await listener_.async_accept(as_tuple);
    if (error) co_return;
    tasks_.spawn(greet(std::move(socket)));
  }
}

Awaitable<> Ticker::greet(tcp::socket socket) {
  std::string request;
  auto const [error, size] =
      co_await asio::async_read_until(socket, asio::dynamic_buffer(request, longest_request), "\r\n\r\n", as_tuple);
  if (error) co_return;
  UpgradeAnswer const answer = check_upgrade({.method = std::string_view(request).substr(0, request.find(' ')),
                                              .upgrade = field(request, "Upgrade: "),
                                              .connection = field(request, "Connection: "),
                                              .key = field(request, "Sec-WebSocket-Key: "),
                                              .version = field(request, "Sec-WebSocket-Version: "),
                                              .protocols = {}});
  if (answer.status != 101) co_return;
  Follow follow;  // from the first event on
  follow.log = log_;
  follow.opening = upgrade_response(answer.accept);
  follow.early = request.substr(size);
  hub_.shard(0).attach(std::make_unique<TcpTransport>(std::move(socket)), std::move(follow));
}

Awaitable<> Ticker::publish() {
  asio::steady_timer timer(context_);
  for (int tick = 1; tick <= ticks_; ++tick) {
    std::vector<Publication> publications;
    publications.push_back({log_, history_.append("tick", tick == ticks_)});  // kept first, then told
    co_await hub_.publish(std::move(publications));
    timer.expires_after(std::chrono::milliseconds(20));
    co_await timer.async_wait(asio::use_awaitable);
  }
  listener_.close();
  while (hub_.shard(0).clients() > 0) {
    timer.expires_after(std::chrono::milliseconds(20));
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_await hub_.shard(0).stop();
}

Awaitable<> Ticker::subscribe() {
  SubscribeOptions options;
  options.log = log_;
  auto subscription = co_await Subscription::open(hub_.shard(0), options);
  while (subscription) {
    auto const delivery = co_await subscription->next();
    if (!delivery || delivery->empty()) co_return;  // the log has ended
    seen_ += static_cast<int>(delivery->items().size());
  }
}
