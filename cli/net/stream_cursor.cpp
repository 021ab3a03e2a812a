#include "cli/net/stream_cursor.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/net/json_members.hpp"
#include "cli/net/server_url.hpp"
#include "model/json_parse.hpp"

namespace runcast::cli {

namespace json = boost::json;

namespace {

std::optional<std::uint64_t> seq_of(json::object const& message, std::string_view name) {
  auto const number = number_of(message, name);
  return number && *number >= 0 ? std::optional{static_cast<std::uint64_t>(*number)} : std::nullopt;
}

}  // namespace

std::string StreamCursor::query() const {
  auto const number = [](auto const& value) { return value ? fmt::to_string(*value) : std::string{}; };
  std::string const after = number(position_);
  std::string const tail = position_ ? std::string{} : number(start_.tail);
  std::string_view const level = filter_.level ? to_string(*filter_.level) : std::string_view{};
  return query_string({{"after", after},
                       {"tail", tail},
                       {"epoch", epoch_},
                       {"types", filter_.types},
                       {"step", filter_.step},
                       {"level", level}});
}

StreamMessage StreamCursor::read(std::string_view text) {
  auto event = decode_event(text);
  if (!event) return read_control(text);
  if (!advance(event->seq)) return stream::Silence{};
  return stream::Delivery{std::move(*event)};
}

bool StreamCursor::advance(std::uint64_t seq) {
  if (position_ && seq <= *position_) return false;
  position_ = seq;
  return true;
}

StreamMessage StreamCursor::read_control(std::string_view text) {
  boost::system::error_code error;
  json::value const value = parse_own_json(text, error);
  if (error || !value.is_object()) return stream::Silence{};
  json::object const& message = value.get_object();
  auto const type = text_of(message, "type");
  if (type == "stream_open") {
    epoch_ = text_of(message, "epoch");
    return stream::Opened{run_status_from(text_of(message, "status"))};
  }
  if (type == "gap") {
    auto const first = seq_of(message, "firstSeq").value_or(1);
    position_ = first - std::min<std::uint64_t>(first, 1);
    return stream::Gap{std::string(text_of(message, "reason")), first};
  }
  if (type == "position") {
    if (auto const up_to = seq_of(message, "upTo")) advance(*up_to);
  } else if (auto const seq = seq_of(message, "seq"); seq && advance(*seq)) {
    return stream::Delivery{Event{
        RunId{}, *seq, 0, Timestamp{}, EventType::other, {}}};  // one whose payload a newer server writes otherwise
  }
  return stream::Silence{};
}

}  // namespace runcast::cli
