#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "model/event.hpp"

// The pure half of following a run: where one stands in its log, and what the stream's messages mean for that.
namespace runcast::cli {

// Where to begin. Neither: at the first event.
struct StreamStart {
  std::optional<std::uint64_t> after;
  std::optional<std::uint64_t> tail;
};

// What the server is asked to leave out. Empty: nothing.
struct StreamFilter {
  std::string types;  // comma-separated event types
  std::string step;
  std::optional<Level> level;  // the least
};

namespace stream {

// The server's first message.
struct Opened {
  std::optional<RunStatus> status;
};
// Events are missing, or those seen no longer hold; what comes next begins at first_seq.
struct Gap {
  std::string reason;  // epoch, future, retention
  std::uint64_t first_seq = 1;
};
// An event that was not delivered before.
struct Delivery {
  Event event;  // of type `other` where this program does not know it
};
// Nothing for the user: a position, a repetition, a message of a newer server.
struct Silence {};

}  // namespace stream

using StreamMessage = std::variant<stream::Silence, stream::Opened, stream::Gap, stream::Delivery>;

class StreamCursor {
 public:
  StreamCursor(StreamStart start, StreamFilter filter) : start_(start), filter_(std::move(filter)) {}

  // `?after=17&epoch=…`: asks for what comes after all that has been read.
  std::string query() const;

  // Takes one message and moves on.
  StreamMessage read(std::string_view text);

  // The seq up to which all has been considered; nothing before the first event.
  std::optional<std::uint64_t> position() const { return position_; }

 private:
  StreamMessage read_control(std::string_view text);
  bool advance(std::uint64_t seq);

  StreamStart start_;
  StreamFilter filter_;
  std::optional<std::uint64_t> position_ = start_.after;
  std::string epoch_;
};

}  // namespace runcast::cli
