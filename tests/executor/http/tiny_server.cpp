#include "tests/executor/http/tiny_server.hpp"

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace runcast::testing {

using asio::ip::tcp;

std::string http_answer(std::string const& status, std::string const& body, std::string const& headers) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers, body);
}

TinyServer::TinyServer(Answer answer, asio::ssl::context* tls)
    : answer_(std::move(answer)),
      tls_(tls),
      acceptor_(context_, {asio::ip::address_v4::loopback(), 0}),
      thread_([this] { run(); }) {}

TinyServer::~TinyServer() {
  ending_ = true;
  sys::error_code ignored;
  tcp::socket(context_).connect(acceptor_.local_endpoint(), ignored);  // lets accept() return
  thread_.join();
}

std::string TinyServer::url(std::string const& path, std::string const& host) const {
  return fmt::format("{}://{}:{}{}", tls_ ? "https" : "http", host, port(), path);
}

std::vector<std::string> TinyServer::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

void TinyServer::run() {
  while (!ending_) {
    sys::error_code error;
    auto socket = acceptor_.accept(error);
    if (error || ending_) continue;
    if (!tls_) {
      serve(socket);
      continue;
    }
    asio::ssl::stream<tcp::socket> stream(std::move(socket), *tls_);
    stream.handshake(asio::ssl::stream_base::server, error);
    if (error) continue;
    serve(stream);
    stream.shutdown(error);
  }
}

template <class Stream>
void TinyServer::serve(Stream& stream) {
  sys::error_code error;
  std::string text;
  auto const header = asio::read_until(stream, asio::dynamic_buffer(text), "\r\n\r\n", error);
  if (error) return;
  if (auto const found = text.find("Content-Length: "); found < header) {
    auto const wanted = header + static_cast<std::size_t>(std::atoi(text.c_str() + found + 16));
    if (text.size() < wanted) {
      asio::read(stream, asio::dynamic_buffer(text), asio::transfer_exactly(wanted - text.size()), error);
    }
  }
  {
    std::lock_guard lock(mutex_);
    requests_.push_back(text);
  }
  asio::write(stream, asio::buffer(answer_(text)), error);
}

}  // namespace runcast::testing
