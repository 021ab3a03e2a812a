#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "executor/spawn/packet_socket.hpp"
#include "executor/spawn/spawned_attempt.hpp"
#include "executor/spawn/spawner.hpp"
#include "executor/spawn/wire.hpp"

namespace runcast {

// The server's end of the spawn helper: its process, its socket, and the attempts that it has been asked for.
// Behind Spawner, which documents it, and shared with the processes that it made.
class SpawnerCore : public std::enable_shared_from_this<SpawnerCore> {
 public:
  SpawnerCore(asio::any_io_executor executor, SpawnerOptions options);
  ~SpawnerCore() { stop(); }

  Result<void> start();
  void stop();  // lets go of the helper, cuts off what ran, and waits until all of it is gone
  Awaitable<> run();
  Awaitable<Result<std::size_t>> kill_stale();
  std::shared_ptr<SpawnedAttempt> request(Command command);
  void terminate(wire::Serial serial, Millis grace);
  void abandon(wire::Serial serial);  // kills it if it has not ended

  int helper_pid() const { return helper_pid_; }

 private:
  Awaitable<> serve();
  sys::error_code send(wire::Message const& message);
  void tell(wire::Message const& message);  // whoever does not hear it is gone, and serve() sees that
  void flush_when_writable();
  bool receive();
  void on(wire::Spawned const& message, Packet& packet);
  void on(wire::SpawnFailed const& message, Packet& packet);
  void on(wire::Exited const& message, Packet& packet);
  void on(wire::StaleKilled const& message, Packet& packet);
  template <class Other>
  void on(Other const&, Packet&) {}  // the server's own messages do not come back
  std::shared_ptr<SpawnedAttempt> take(wire::Serial serial);

  asio::any_io_executor executor_;
  SpawnerOptions options_;
  PacketSocket socket_;
  std::unique_ptr<asio::posix::stream_descriptor> readiness_;  // of socket_, which owns the descriptor; null: no helper
  int helper_pid_ = 0;
  bool flushing_ = false;
  std::deque<std::string> unsent_;  // messages that the socket had no room for
  wire::Serial last_serial_ = 0;
  std::map<wire::Serial, std::shared_ptr<SpawnedAttempt>> attempts_;  // those that are not over
  std::optional<std::size_t> stale_count_;                            // the answer to kill_stale()
  Wakeup stale_changed_;
};

}  // namespace runcast
