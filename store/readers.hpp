#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/asio.hpp"
#include "base/result.hpp"
#include "store/connection.hpp"
#include "store/ticket.hpp"

namespace runcast {

// A few threads that read, each query on a connection that is its own meanwhile. A query should be done within some 20
// ms, and a long one be made of several, so that none waits long for another: they are served in turn. Any thread.
class Readers {
 public:
  static Result<std::unique_ptr<Readers>> open(std::filesystem::path const& database, std::size_t count);
  ~Readers() { stop(); }

  // Runs `query` on one of the threads: Result<T>(Connection&). Cancelled, it stops waiting for it.
  template <class T, class Query>
  Awaitable<Result<T>> run(Query query) {
    auto ticket = std::make_shared<Ticket<T>>();
    bool const accepted = post([ticket, query = std::move(query)](Connection& connection) {
      try {
        ticket->set(query(connection));
      } catch (...) {
        ticket->set(std::current_exception());
      }
      ticket->wake();
    });
    if (!accepted) co_return fail(Errc::closed, "the store is closed");
    co_return co_await outcome_of(std::move(ticket));
  }

  // Refuses new queries, lets the waiting ones be done, and ends the threads.
  void stop();

 private:
  explicit Readers(std::vector<std::unique_ptr<Connection>> connections);

  bool post(std::function<void(Connection&)> job);
  void serve(std::function<void(Connection&)> const& job);

  std::mutex mutex_;
  bool stopped_ = false;
  std::vector<std::unique_ptr<Connection>> free_;  // as many as threads, so that there is one for whoever runs
  boost::asio::thread_pool threads_;
};

}  // namespace runcast
