#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/task_group.hpp"
#include "hub/history.hpp"

namespace runcast {

// History in pages that begin at fixed places, so that followers of one log share them: a page is read once for all who
// wait for it, and kept while there is room. One thread (its shard's).
class Pages {
 public:
  struct Limits {
    std::size_t page_events = 512;
    std::size_t page_bytes = 256 * 1024;
    std::size_t cache_bytes = 32 * 1024 * 1024;
    std::size_t reads_at_once = 4;
  };

  using Page = std::shared_ptr<Segment const>;
  // Gets the page, or what went wrong. The page may end before the asked position: then it is the log's end, or the
  // next page is to be asked for.
  using Ready = std::function<void(Result<HistoryPage> const&)>;

  Pages(History& history, std::string epoch, TaskGroup& tasks, Limits limits);

  // The kept page that holds the first event after `after`; null: ask fetch().
  Page find(Ulid log, Form form, std::uint64_t after);

  // Reads the page that find() lacked; `ready` is called later, on this thread.
  void fetch(Ulid log, Form form, std::uint64_t after, Ready ready);

  std::size_t bytes() const { return bytes_; }
  std::size_t reads() const { return reads_; }  // of the database, so far

 private:
  using Key = std::tuple<Ulid, Form, std::uint64_t>;
  struct Kept {
    Page page;
    std::list<Key>::iterator age;
  };

  Key missing_key(Ulid log, Form form, std::uint64_t after);
  Page touch(Key const& key);
  void keep(Key const& key, Page page);
  void start_reads();
  Awaitable<> read(Key key);

  History& history_;
  std::string epoch_;
  TaskGroup& tasks_;
  Limits limits_;
  std::map<Key, Kept> kept_;
  std::list<Key> by_age_;  // least recently used first
  std::size_t bytes_ = 0;
  std::map<Key, std::vector<Ready>> waiting_;
  std::deque<Key> queue_;
  std::size_t reading_ = 0;
  std::size_t reads_ = 0;
};

}  // namespace runcast
