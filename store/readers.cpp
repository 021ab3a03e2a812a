#include "store/readers.hpp"

namespace runcast {

Result<std::unique_ptr<Readers>> Readers::open(std::filesystem::path const& database, std::size_t count) {
  std::vector<std::unique_ptr<Connection>> connections;
  for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i) {
    auto connection = Connection::open(database, Connection::Mode::read_only);
    if (!connection) return connection.error();
    connections.push_back(std::move(*connection));
  }
  return std::unique_ptr<Readers>(new Readers(std::move(connections)));
}

Readers::Readers(std::vector<std::unique_ptr<Connection>> connections)
    : free_(std::move(connections)), threads_(free_.size()) {}

void Readers::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  threads_.join();
  free_.clear();
}

bool Readers::post(std::function<void(Connection&)> job) {
  std::lock_guard lock(mutex_);
  if (stopped_) return false;
  asio::post(threads_, [this, job = std::move(job)] { serve(job); });
  return true;
}

void Readers::serve(std::function<void(Connection&)> const& job) {
  std::unique_ptr<Connection> connection;
  {
    std::lock_guard lock(mutex_);
    connection = std::move(free_.back());
    free_.pop_back();
  }
  job(*connection);
  std::lock_guard lock(mutex_);
  free_.push_back(std::move(connection));
}

}  // namespace runcast
