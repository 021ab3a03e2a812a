#include "hub/tls_transport.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <thread>

#include <boost/asio/write.hpp>

#include "tests/base/run.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

using asio::ip::tcp;
using Wait = Transport::Wait;

constexpr std::chrono::seconds patience{60};

void write_pem(std::filesystem::path const& path, auto write) {
  std::unique_ptr<std::FILE, decltype(&std::fclose)> const file(std::fopen(path.c_str(), "w"), std::fclose);
  REQUIRE(file);
  REQUIRE(write(file.get()) == 1);
}

// A context with a certificate of its own making, as an operator would give it: in two files.
std::shared_ptr<TlsContext const> make_context() {
  std::string name = (std::filesystem::temp_directory_path() / "runcast-tls-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()));
  std::filesystem::path const folder = name;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  std::unique_ptr<X509, decltype(&X509_free)> const certificate(X509_new(), X509_free);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  REQUIRE(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  write_pem(folder / "cert.pem", [&](std::FILE* file) { return PEM_write_X509(file, certificate.get()); });
  write_pem(folder / "key.pem", [&](std::FILE* file) {
    return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  auto context = TlsContext::load(folder / "cert.pem", folder / "key.pem");
  std::filesystem::remove_all(folder);
  REQUIRE(context.has_value());
  return *context;
}

// The client's side, on a thread of its own, with calls that wait; the tests' own checks are the other thread's alone.
class Client {
 public:
  explicit Client(tcp::endpoint const& server) {
    socket_.connect(server);
    timeval const wait{std::chrono::seconds(patience).count(), 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    SSL_set_fd(ssl_.get(), socket_.native_handle());
  }

  tcp::socket& socket() { return socket_; }
  bool connect() { return SSL_connect(ssl_.get()) == 1; }
  bool write(std::string_view text) {
    return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size());
  }
  // What comes, up to so many bytes or the end.
  std::string read(std::size_t size) {
    std::string text;
    std::array<char, 4096> piece;
    while (text.size() < size) {
      int const got = SSL_read(ssl_.get(), piece.data(), static_cast<int>(std::min(piece.size(), size - text.size())));
      if (got <= 0) break;
      text.append(piece.data(), static_cast<std::size_t>(got));
    }
    return text;
  }
  bool was_told_the_end() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  void say_the_end() { SSL_shutdown(ssl_.get()); }
  void reset() {
    socket_.set_option(asio::socket_base::linger(true, 0));
    socket_.close();
  }

 private:
  asio::io_context context_;
  tcp::socket socket_{context_};
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls_{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{SSL_new(tls_.get()), SSL_free};
};

// Both ends of a connection over the loopback interface.
struct Pair {
  Pair() {
    std::signal(SIGPIPE, SIG_IGN);
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    TcpTransport::prepare(acceptor);
    client = std::make_unique<Client>(acceptor.local_endpoint());
    transport = std::make_unique<TlsTransport>(TcpTransport(acceptor.accept()), *tls);
  }

  // Runs the server's side to its end, while the client does its part.
  void run(Awaitable<> server, std::function<void()> part) {
    std::jthread const other(std::move(part));
    runcast::testing::run(context, std::move(server));
  }
  void greet() {
    bool connected = false;
    run(
        [](Pair& pair) -> Awaitable<> {
          auto const error = co_await pair.transport->handshake();
          CHECK_FALSE(error);
        }(*this),
        [&] { connected = client->connect(); });
    REQUIRE(connected);
  }

  std::shared_ptr<TlsContext const> tls = make_context();
  asio::io_context context;
  std::unique_ptr<Client> client;
  std::unique_ptr<TlsTransport> transport;
};

// Reads in small pieces until there are so many bytes, or an error.
Awaitable<sys::error_code> read(Transport& transport, std::string& text, std::size_t size) {
  std::array<char, 100> piece;
  while (text.size() < size) {
    sys::error_code error;
    auto const got = transport.read_some(asio::buffer(piece), error);
    text.append(piece.data(), got);
    if (error == asio::error::would_block) error = co_await transport.readable();
    if (error) co_return error;
  }
  co_return sys::error_code();
}

Awaitable<sys::error_code> write(Transport& transport, std::string_view text) {
  while (true) {
    sys::error_code error;
    asio::const_buffer const buffer(text.data(), text.size());
    text.remove_prefix(transport.write_some({&buffer, 1}, error));
    if (!error && text.empty()) co_return error;
    if (error == asio::error::would_block) error = co_await transport.writable();
    if (error || text.empty()) co_return error;
  }
}

std::string numbers(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
  text.resize(size);
  return text;
}

}  // namespace

TEST_CASE("what goes through TLS arrives as it was sent, whatever the pieces that it is read in") {
  Pair pair;
  pair.greet();
  auto const sent = numbers(50'000);
  std::string got;
  std::string answer;
  pair.run(
      [](Pair& p, std::string& into, std::size_t size) -> Awaitable<> {
        auto error = co_await read(*p.transport, into, size);
        CHECK_FALSE(error);
        error = co_await write(*p.transport, into);
        CHECK_FALSE(error);
      }(pair, got, sent.size()),
      [&] {
        pair.client->write(sent);
        answer = pair.client->read(sent.size());
      });
  CHECK(got == sent);
  CHECK(answer == sent);
}

TEST_CASE("the rest of a record that is here already makes the transport readable") {
  Pair pair;
  pair.greet();
  REQUIRE(pair.client->write("0123456789"));
  std::array<char, 4> piece;
  sys::error_code error;
  while (pair.transport->read_some(asio::buffer(piece), error) == 0) {  // tickets of the handshake come before it
    REQUIRE(error == asio::error::would_block);
    std::this_thread::yield();
  }
  bool readable = false;
  pair.transport->when(Wait::readable, [&](sys::error_code result) { readable = !result; });
  CHECK_FALSE(readable);  // never within the call
  settle(pair.context);
  CHECK(readable);
}

TEST_CASE("a peer that does not read gets all of it in the end, and a record that did not fit goes out by waiting") {
  Pair pair;
  pair.greet();
  auto const text = numbers(1'000'000);
  std::string sent;
  sys::error_code error;
  while (!error) {
    asio::const_buffer const buffer(text.data(), text.size());
    sent += text.substr(0, pair.transport->write_some({&buffer, 1}, error));
  }
  REQUIRE(error == asio::error::would_block);
  auto const before = sent.size();
  asio::const_buffer const more("more", 4);
  CHECK(pair.transport->write_some({&more, 1}, error) == 0);  // not before what waits
  CHECK(error == asio::error::would_block);
  std::string got;
  pair.run(
      [](Pair& p) -> Awaitable<> {
        auto const waited = co_await p.transport->writable();
        CHECK_FALSE(waited);
      }(pair),
      [&] { got = pair.client->read(before); });
  CHECK(got == sent);
}

TEST_CASE("a client that has said its end is still written to") {
  Pair pair;
  pair.greet();
  pair.client->say_the_end();
  std::string got;
  pair.run(
      [](Pair& p) -> Awaitable<> {
        std::string none;
        auto error = co_await read(*p.transport, none, 1);
        CHECK(error == asio::error::eof);
        error = co_await write(*p.transport, "last");
        CHECK_FALSE(error);
        p.transport->finish();
      }(pair),
      [&] { got = pair.client->read(100); });
  CHECK(got == "last");
  CHECK(pair.client->was_told_the_end());
}

TEST_CASE("a client that leaves without a farewell has ended the connection, and one that is cut off has broken it") {
  Pair pair;
  pair.greet();
  auto const end = [&] {
    sys::error_code ended;
    run(pair.context, [](Pair& p, sys::error_code& error) -> Awaitable<> {
      std::string none;
      error = co_await read(*p.transport, none, 1);
    }(pair, ended));
    return ended;
  };
  SECTION("left") {
    pair.client->socket().shutdown(tcp::socket::shutdown_send);
    CHECK(end() == asio::error::eof);
  }
  SECTION("cut off") {
    pair.client->reset();
    CHECK(end() == asio::error::connection_reset);
  }
}

TEST_CASE("a client that does not speak TLS, or leaves within the handshake, is no client") {
  Pair pair;
  SECTION("another protocol") {
    asio::write(pair.client->socket(), asio::buffer("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 35));
  }
  SECTION("nothing at all") { pair.client->socket().shutdown(tcp::socket::shutdown_send); }
  SECTION("half a greeting") {
    asio::write(pair.client->socket(), asio::buffer("\x16\x03\x01\x02\x00\x01", 6));
    pair.client->socket().shutdown(tcp::socket::shutdown_send);
  }
  sys::error_code error;
  run(pair.context,
      [](Pair& p, sys::error_code& result) -> Awaitable<> { result = co_await p.transport->handshake(); }(pair, error));
  CHECK(error);
  CHECK(error != asio::error::would_block);
}

TEST_CASE("a close ends the handshake and whoever waits") {
  Pair pair;
  int ended = 0;
  auto const count = [&](std::exception_ptr const&, sys::error_code error) { ended += error.failed(); };
  asio::co_spawn(pair.context, pair.transport->handshake(), count);
  settle(pair.context);
  CHECK(ended == 0);
  pair.transport->close();
  settle(pair.context);
  CHECK(ended == 1);
}
