#include <array>
#include <catch2/catch.hpp>

#include <boost/asio/read.hpp>

#include "hub/tcp_transport.hpp"
#include "tests/base/run.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

using asio::ip::tcp;

// Both ends of a connection over the loopback interface.
struct Pair {
  Pair() {
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    TcpTransport::prepare(acceptor);
    peer.connect(acceptor.local_endpoint());
    transport = std::make_unique<TcpTransport>(acceptor.accept());
  }

  asio::io_context context;
  tcp::socket peer{context};
  std::unique_ptr<TcpTransport> transport;
};

}  // namespace

TEST_CASE("a socket that takes no more says so, and is writable once its peer has read") {
  Pair pair;
  std::string const block(64 * 1024, 'x');
  std::array<asio::const_buffer, 2> const buffers{asio::buffer(block), asio::buffer(block)};
  std::size_t total = 0;
  sys::error_code error;
  while (!error) total += pair.transport->write_some(buffers, error);
  CHECK(error == asio::error::would_block);
  bool writable = false;
  asio::co_spawn(pair.context, pair.transport->writable(),
                 [&](std::exception_ptr const&, sys::error_code result) { writable = !result; });
  settle(pair.context);
  CHECK_FALSE(writable);
  std::string taken(total, '\0');
  asio::read(pair.peer, asio::buffer(taken));
  pair.context.restart();
  while (!writable && pair.context.run_one_for(std::chrono::seconds(30)) > 0) {
  }
  CHECK(writable);
}

TEST_CASE("a socket is readable when something came, and at the peer's end") {
  Pair pair;
  std::array<char, 100> buffer;
  sys::error_code error;
  CHECK(pair.transport->read_some(asio::buffer(buffer), error) == 0);
  CHECK(error == asio::error::would_block);
  run(pair.context, [](Pair& p, auto& into) -> Awaitable<> {
    p.peer.send(asio::buffer("abc", 3));
    auto const ready = co_await p.transport->readable();
    CHECK_FALSE(ready);
    sys::error_code fault;
    CHECK(p.transport->read_some(asio::buffer(into), fault) == 3);
    p.peer.shutdown(tcp::socket::shutdown_send);
    co_await p.transport->readable();
    CHECK(p.transport->read_some(asio::buffer(into), fault) == 0);
    CHECK(fault == asio::error::eof);
  }(pair, buffer));
}

TEST_CASE("what was written before the end still arrives") {
  Pair pair;
  sys::error_code error;
  std::array<asio::const_buffer, 1> const last{asio::buffer("last", 4)};
  pair.transport->write_some(last, error);
  SECTION("after finish()") { pair.transport->finish(); }
  SECTION("after close()") { pair.transport->close(); }
  std::string got;
  asio::read(pair.peer, asio::dynamic_buffer(got), error);
  CHECK(got == "last");
  CHECK(error == asio::error::eof);
}

TEST_CASE("a reset is seen as one") {
  Pair pair;
  pair.transport->reset();
  std::array<char, 10> buffer;
  sys::error_code error;
  pair.peer.read_some(asio::buffer(buffer), error);
  CHECK(error == asio::error::connection_reset);
}

TEST_CASE("a close ends those who wait") {
  Pair pair;
  int ended = 0;
  auto const count = [&](std::exception_ptr const&, sys::error_code error) { ended += error.failed(); };
  asio::co_spawn(pair.context, pair.transport->readable(), count);
  settle(pair.context);
  pair.transport->close();
  settle(pair.context);
  CHECK(ended == 1);
}
