#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "store/connection.hpp"
#include "store/types.hpp"

namespace runcast {

// A search through one run's log lines, in pieces: each looks at a bounded stretch of the log, so that a search through
// a million lines gives others their turn.
class LogSearch {
 public:
  explicit LogSearch(LogQuery query);

  // Looks at the next stretch. True: there is nothing left to look at. not_found: no such run.
  Result<bool> piece(Connection& connection);

  // What was found, once piece() has said so.
  LogPage page() &&;

 private:
  Result<void> begin(Connection& connection);
  Result<void> scan(Connection& connection, std::uint64_t first, std::uint64_t last);
  void consider(std::uint64_t seq, std::string_view event_json);
  void looked_at(std::uint64_t seq);
  bool done() const;

  LogQuery const query_;
  std::size_t const wanted_;
  std::string const needle_;  // query_.text as it stands within a JSON string
  bool begun_ = false;
  std::int64_t run_no_ = 0;
  // Not looked at yet, both inclusive. A tail is searched from its end.
  std::uint64_t from_ = 1;
  std::uint64_t to_ = 0;
  std::vector<LogLine> found_;  // in the order of the search
  std::size_t found_bytes_ = 0;
};

}  // namespace runcast
