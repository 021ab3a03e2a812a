#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/asio.hpp"
#include "base/result.hpp"
#include "feed/board.hpp"
#include "feed/facets.hpp"

namespace runcast {

class SystemFeed;

// Where a reader of the system's messages stands: all of the events up to `id` is done with, and of the next event, if
// that is `next`, its first `parts` messages.
struct FeedPosition {
  std::uint64_t id = 0;
  std::uint64_t next = 0;
  std::uint32_t parts = 0;

  // `17`: after all of event 17; `17.0`: after the first of its messages.
  static Result<FeedPosition> parse(std::string_view text);
};

// `item`'s place in that writing.
std::string to_string(FeedItem const& item);

// The system's messages as a C++ call, with a monitor's topics and filters: from any event on, each once, in order.
// Past ones and live ones alike; whoever asks slowly reads on from the store later and holds nobody up. One coroutine
// at a time, on any executor. It goes before the feed does.
class MonitorSubscription {
 public:
  MonitorSubscription(SystemFeed& feed, MonitorFilter filter);

  void set_filter(MonitorFilter filter) { filter_ = std::move(filter); }
  MonitorFilter const& filter() const { return filter_; }

  std::uint64_t position() const { return position_.id; }
  void move_to(FeedPosition position);

  struct Delivery {
    std::uint64_t from = 0;  // position() when it was made
    std::uint64_t upto = 0;  // and where it leads
    std::vector<FeedItem> items;
    bool lost = false;  // it is too far behind: begin anew with a snapshot
  };

  // What is there now; nothing, and no step forward, where all was told. The position stays where it is until take().
  // Errors are the store's.
  Awaitable<Result<Delivery>> poll();
  // Waits for something, at least one message. closed: the feed has stopped.
  Awaitable<Result<Delivery>> next();
  void take(Delivery const& delivery) { position_.id = delivery.upto; }

  // How many events in (after, upto] are for it; where the board no longer has them, how many there are at most.
  std::uint64_t count(std::uint64_t after, std::uint64_t upto) const;

 private:
  void collect(Board::Batches const& batches, Delivery& delivery) const;
  Awaitable<Result<void>> read_on(Delivery& delivery);
  bool wants(Facets const& facets, std::uint64_t id, std::uint32_t part) const;

  SystemFeed& feed_;
  Board::Membership membership_;
  MonitorFilter filter_;
  FeedPosition position_;
  std::size_t pages_read_ = 0;  // of the store, since it was last on the board
};

// What a client gets, as a C++ call: the messages of the jobs that it names, each once, in order of each job. The same
// rules.
class ClientSubscription {
 public:
  explicit ClientSubscription(SystemFeed& feed);

  // What happens to the job after event `after`. False: it follows the job already.
  bool follow(std::string const& job, std::uint64_t after) { return place_.add(job, after); }
  void leave(std::string const& job) { place_.remove(job); }
  bool follows(std::string const& job) const { return place_.has(job); }
  std::size_t jobs() const { return place_.jobs(); }
  std::vector<std::string> followed() const { return place_.followed(); }

  // Waits for the next messages, at least one.
  Awaitable<Result<std::vector<FeedItem>>> next();

 private:
  SystemFeed& feed_;
  Board::Place place_;
};

// Updates of all jobs, each with the job as it was after an event.
class JobSubscription {
 public:
  explicit JobSubscription(SystemFeed& feed);

  void move_to(std::uint64_t position) { position_ = position; }
  std::uint64_t position() const { return position_; }

  struct Delivery {
    std::vector<FeedItem> items;
    bool lost = false;  // the board no longer has what comes next
  };
  Awaitable<Result<Delivery>> next();

 private:
  SystemFeed& feed_;
  Board::Membership membership_;
  std::uint64_t position_ = 0;
};

}  // namespace runcast
