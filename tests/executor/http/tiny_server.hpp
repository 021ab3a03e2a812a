#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "base/asio.hpp"

namespace runcast::testing {

// Answers every request with what a function makes of its text, one connection after the other, on 127.0.0.1.
class TinyServer {
 public:
  using Answer = std::function<std::string(std::string const& request)>;

  explicit TinyServer(Answer answer, asio::ssl::context* tls = nullptr);
  ~TinyServer();
  TinyServer(TinyServer const&) = delete;
  TinyServer& operator=(TinyServer const&) = delete;

  unsigned short port() const { return acceptor_.local_endpoint().port(); }
  std::string url(std::string const& path, std::string const& host = "127.0.0.1") const;
  std::vector<std::string> requests() const;

 private:
  void run();
  template <class Stream>
  void serve(Stream& stream);

  Answer answer_;
  asio::ssl::context* tls_;
  asio::io_context context_;
  asio::ip::tcp::acceptor acceptor_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

// `200 OK` and the like, with a length.
std::string http_answer(std::string const& status, std::string const& body, std::string const& headers = "");

}  // namespace runcast::testing
