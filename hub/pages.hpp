#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/counter.hpp"
#include "base/task_group.hpp"
#include "hub/history.hpp"

namespace runcast {

// History in pages that begin at the same places for all, so that followers of one log share them: a page is read once
// for all who wait for it, and kept while there is room. One thread (its shard's).
class Pages {
 public:
  struct Limits {
    std::size_t page_events = 512;
    std::size_t page_bytes = 256 * 1024;
    std::size_t cache_bytes = 16 * 1024 * 1024;
    std::size_t reads_at_once = 4;
  };

  using Page = std::shared_ptr<Segment const>;
  // Gets the page, or what went wrong. The page may end before the asked position; where that is not the log's end, the
  // next one is to be asked for.
  using Ready = std::function<void(Result<HistoryPage> const&)>;

  Pages(History& history, std::string epoch, TaskGroup& tasks, Limits limits);

  // The kept page that holds the first event after `after`; null: ask fetch().
  Page find(Ulid log, Form form, std::uint64_t after);

  // Reads the page that find() lacked; `ready` is called later, on this thread. It may join a read that is under way,
  // but none from before the last forget().
  void fetch(Ulid log, Form form, std::uint64_t after, Ready ready);

  // The shard does not hear of this log any more: what is on its way says nothing of the log's end later on.
  void forget(Ulid log);

  std::size_t bytes() const { return bytes_; }
  std::uint64_t reads() const { return reads_.get(); }  // of the history, so far; any thread

 private:
  using Key = std::tuple<Ulid, Form, std::uint64_t>;  // the page holds what comes after that position
  struct Kept {
    Page page;
    std::list<Key>::iterator age;
  };
  using KeptPages = std::map<Key, Kept>;
  struct Read {
    Key key;
    std::vector<Ready> waiters;
  };

  KeptPages::iterator nearest(Ulid log, Form form, std::uint64_t after);
  Key missing_key(Ulid log, Form form, std::uint64_t after);
  void keep(Key const& key, Page page);
  void start_reads();
  Awaitable<> read(std::shared_ptr<Read> read);
  Awaitable<Result<HistoryPage>> load(Key key);

  History& history_;
  std::string epoch_;
  TaskGroup& tasks_;
  Limits limits_;
  KeptPages kept_;
  std::list<Key> by_age_;  // least recently used first
  std::size_t bytes_ = 0;
  std::map<Key, std::shared_ptr<Read>> under_way_;  // those that may be joined
  std::deque<std::shared_ptr<Read>> queue_;
  std::size_t reading_ = 0;
  Counter reads_;
};

}  // namespace runcast
