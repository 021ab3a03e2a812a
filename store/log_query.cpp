#include "store/log_query.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json/parse.hpp>

#include "model/json_text.hpp"
#include "store/event_log.hpp"
#include "store/queries.hpp"

namespace runcast {
namespace {

// What a piece looks at: some 20 ms of it.
constexpr std::uint64_t piece_rows = 16384;
constexpr std::size_t piece_bytes = 8u << 20;

// What an answer holds; its last line may go past it. A page says where it ends, a tail has no more than this.
constexpr std::size_t max_page_bytes = 8u << 20;
constexpr std::size_t max_tail_bytes = 64u << 20;

std::string_view without_quotes(std::string_view json_string) { return json_string.substr(1, json_string.size() - 2); }

std::string as_within_json(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  return std::string(without_quotes(quoted));
}

// A log line's payload, {"stepId":…,"level":…,"message":…,…}, within its event's text. It is the last member.
std::string_view payload_of(std::string_view event_json) {
  constexpr std::string_view key = ",\"payload\":";
  auto const begin = event_json.find(key) + key.size();
  return event_json.substr(begin, event_json.size() - 1 - begin);
}

// The message as it stands in the text, escapes and quotes and all. An unescaped quote within it ends it, so that the
// key before it cannot be part of another string.
std::string_view quoted_message_of(std::string_view payload) {
  constexpr std::string_view key = ",\"message\":";
  auto const begin = payload.find(key) + key.size();
  auto end = begin + 1;
  while (payload[end] != '"') end += payload[end] == '\\' ? 2 : 1;
  return payload.substr(begin, end + 1 - begin);
}

std::string decoded(std::string_view quoted) {
  if (quoted.find('\\') == std::string_view::npos) return std::string(without_quotes(quoted));
  return std::string(boost::json::parse(quoted).get_string());
}

}  // namespace

LogSearch::LogSearch(LogQuery query)
    : query_(std::move(query)), wanted_(query_.tail.value_or(query_.limit)), needle_(as_within_json(query_.text)) {}

Result<bool> LogSearch::piece(Connection& connection) {
  if (!begun_) {
    if (auto begun = begin(connection); !begun) return begun.error();
  }
  if (done()) return true;
  auto const rows = std::min(piece_rows, to_ - from_ + 1);
  auto const first = query_.tail ? to_ - rows + 1 : from_;
  if (auto scanned = scan(connection, first, first + rows - 1); !scanned) return scanned.error();
  return done();
}

Result<void> LogSearch::begin(Connection& connection) {
  auto const number = queries::run_no(connection, query_.run);
  if (!number) return number.error();
  auto row = connection.query("SELECT max(pos) FROM events WHERE pos BETWEEN ? AND ?", position_of(*number, 0),
                              position_of(*number, max_seq));
  if (!row) return row.error();
  if (auto const there = (*row)->step(); !there) return there.error();
  begun_ = true;
  run_no_ = *number;
  from_ = query_.after + 1;
  to_ = (*row)->natural(0) & max_seq;
  if (query_.before) to_ = std::min(to_, *query_.before - std::min<std::uint64_t>(*query_.before, 1));
  return {};
}

Result<void> LogSearch::scan(Connection& connection, std::uint64_t first, std::uint64_t last) {
  // A matrix step stands for its instances, too.
  constexpr std::string_view upwards =
      "SELECT pos, json FROM events WHERE pos BETWEEN ?1 AND ?2 AND level >= ?3 AND "
      "(?4 = '' OR step = ?4 OR substr(step, 1, length(?4) + 1) = ?4 || '[') ORDER BY pos";
  constexpr std::string_view downwards =
      "SELECT pos, json FROM events WHERE pos BETWEEN ?1 AND ?2 AND level >= ?3 AND "
      "(?4 = '' OR step = ?4 OR substr(step, 1, length(?4) + 1) = ?4 || '[') ORDER BY pos DESC";
  auto rows =
      connection.query(query_.tail ? downwards : upwards, position_of(run_no_, first), position_of(run_no_, last),
                       static_cast<int>(query_.level), std::string_view(query_.step));
  if (!rows) return rows.error();
  for (std::size_t bytes = 0; bytes < piece_bytes;) {
    auto const there = (*rows)->step();
    if (!there) return there.error();
    if (!*there) {
      looked_at(query_.tail ? first : last);
      return {};
    }
    auto const seq = (*rows)->natural(0) & max_seq;
    auto const json = (*rows)->text(1);
    bytes += json.size();
    consider(seq, json);
    looked_at(seq);
    if (done()) return {};
  }
  return {};
}

void LogSearch::looked_at(std::uint64_t seq) {
  if (query_.tail) {
    to_ = seq - 1;
  } else {
    from_ = seq + 1;
  }
}

void LogSearch::consider(std::uint64_t seq, std::string_view event_json) {
  auto const payload = payload_of(event_json);
  if (payload.find(needle_) == std::string_view::npos) return;  // nearly all that does not match ends here
  bool const wants_line = query_.form == LogForm::line;
  auto message = wants_line || !needle_.empty() ? decoded(quoted_message_of(payload)) : std::string();
  if (message.find(query_.text) == std::string::npos) return;
  found_.push_back({seq, wants_line ? std::move(message) : fmt::format("{{\"seq\":{},{}", seq, payload.substr(1))});
  found_bytes_ += found_.back().text.size();
}

bool LogSearch::done() const {
  auto const most_bytes = query_.tail ? max_tail_bytes : max_page_bytes;
  return found_.size() == wanted_ || found_bytes_ >= most_bytes || from_ > to_;
}

LogPage LogSearch::page() && {
  LogPage page;
  page.items = std::move(found_);
  if (query_.tail) {
    std::reverse(page.items.begin(), page.items.end());
  } else if (from_ <= to_ && !page.items.empty()) {
    page.next_after = page.items.back().seq;
  }
  return page;
}

}  // namespace runcast
