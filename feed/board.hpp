#pragma once

#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/asio.hpp"
#include "base/waiter.hpp"
#include "feed/batch.hpp"

namespace runcast {

// Where the feed puts what it has rendered, and where subscribers find it: the newest batches, bounded in bytes, and
// who waits for more. Subscribers are cursors; what is here is shared and never changes. A client is looked up by its
// jobs, so that ten thousand of them do not each read everything. Any thread; locks are held for lookups only.
class Board {
 public:
  // Everything up to `upto` is over.
  Board(std::uint64_t upto, std::size_t max_bytes) : max_bytes_(max_bytes), upto_(upto) { floors_.fill(upto); }

  // --- the feed's side ---

  void append(std::shared_ptr<FeedBatch const> batch);
  void advance(std::uint64_t upto);  // nothing up to there concerns anybody
  bool wanted(Audience audience) const;
  void close();  // every wait ends

  // --- subscribers' side ---

  std::uint64_t upto() const;  // all events up to here are considered
  bool closed() const;

  // Counts as a member of the audience for as long as it lives: from the next batch on, what it needs is rendered.
  class Membership {
   public:
    Membership(Board& board, Audience audience);
    Membership(Membership const&) = delete;
    Membership& operator=(Membership const&) = delete;
    ~Membership();

   private:
    Board& board_;
    Audience audience_;
  };

  // The batches that hold what comes after `position`, at most `most`; empty: there is nothing yet. Nothing where the
  // board no longer has it all.
  using Batches = std::vector<std::shared_ptr<FeedBatch const>>;
  std::optional<Batches> after(Audience audience, std::uint64_t position, std::size_t most) const;

  // Waits until something for the audience comes after `position`, or the board is closed.
  Awaitable<> wait(Audience audience, std::uint64_t position);

  // One client's place: what has come for its jobs and was not taken yet, up to a bound. Past that it is behind, and
  // reads on from its position.
  class Place {
   public:
    explicit Place(Board& board) : board_(board), membership_(board, Audience::clients) {}
    Place(Place const&) = delete;
    Place& operator=(Place const&) = delete;
    ~Place();

    // Messages of this job after event `after`, each once. False: it follows the job already.
    bool add(std::string const& job, std::uint64_t after);
    void remove(std::string const& job);
    bool has(std::string const& job) const;
    std::size_t jobs() const;
    std::vector<std::string> followed() const;

    struct Taken {
      std::vector<FeedItem> items;
      std::optional<std::uint64_t> read_after;  // the board no longer has what comes after this: read the store, then
                                                // tell by resume()
    };
    Taken take();

    // What was read elsewhere after `after`, filtered to what is due of it, in order. The place has all up to `upto`
    // then.
    std::vector<FeedItem> resume(std::vector<std::pair<std::string, FeedItem>> const& read, std::uint64_t after,
                                 std::uint64_t upto);

    Awaitable<> wait();  // until take() may have something
    void wake();

   private:
    friend class Board;

    bool due(std::string const& job, std::uint64_t id);
    void offer(std::shared_ptr<FeedBatch const> const& batch, std::size_t frame);
    void catch_up(Taken& taken);

    Board& board_;
    Membership membership_;
    std::unordered_map<std::string, std::uint64_t> jobs_;  // and the last event that it was told of
    std::vector<FeedItem> inbox_;
    bool behind_ = false;
    std::uint64_t position_ = 0;  // while behind: all up to here is done with
    std::shared_ptr<Waiter> waiter_;
  };

 private:
  std::optional<Batches> find_after(Audience audience, std::uint64_t position, std::size_t most) const;
  void trim();

  std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<FeedBatch const>> batches_;
  std::size_t bytes_ = 0;
  std::uint64_t upto_;
  std::array<std::uint64_t, audiences> floors_{};  // the board has all after this
  std::array<std::size_t, audiences> members_{};
  std::array<std::vector<std::shared_ptr<Waiter>>, audiences> waiting_;
  std::unordered_map<std::string, std::vector<Place*>> by_job_;
  bool closed_ = false;
};

}  // namespace runcast
