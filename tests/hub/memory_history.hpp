#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "hub/history.hpp"
#include "model/event.hpp"

namespace runcast::testing {

// Logs in memory: what the store is to the hub. Any thread.
class MemoryHistory final : public History {
 public:
  // Adds events to a log, and gives them as the store would hand them to the hub.
  std::shared_ptr<Segment const> commit(Ulid log, std::vector<EventDraft> const& drafts);

  Awaitable<Result<HistoryPage>> read(Ulid log, std::uint64_t after, std::size_t max_events,
                                      std::size_t max_bytes) override;

  std::string json(Ulid log, std::uint64_t seq) const;
  std::uint64_t last_seq(Ulid log) const;
  std::size_t reads() const;

  // How reads go from here on.
  void slow_down(std::chrono::microseconds each);  // as many at once as are asked for
  void hold();                                     // they stop with their result in hand, until release()
  void release();
  std::size_t held() const;
  void fail_with(std::string message);                    // empty: no longer
  void forget_before(Ulid log, std::uint64_t first_seq);  // retention

 private:
  struct Stored {
    std::string json;
    FrameInfo info;
  };
  struct Log {
    std::vector<Stored> events;  // from seq 1 on
    std::uint64_t first_seq = 1;
  };

  HistoryPage page(Ulid log, std::uint64_t after, std::size_t max_events, std::size_t max_bytes) const;
  Awaitable<> wait_while_held();

  std::mutex mutable mutex_;
  std::map<Ulid, Log> logs_;
  std::size_t reads_ = 0;
  std::size_t held_ = 0;
  bool holding_ = false;
  std::chrono::microseconds each_{0};
  std::string fault_;
};

// Events for a log.
EventDraft run_start();
EventDraft line(std::string_view message, std::string_view step = "build", Level level = Level::info);
std::vector<EventDraft> lines(std::size_t count, std::size_t message_bytes = 40);
EventDraft run_complete();

}  // namespace runcast::testing
