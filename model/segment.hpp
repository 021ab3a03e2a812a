#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/status.hpp"

namespace runcast {

// The ways in which one JSON text travels: a WebSocket text frame, a server-sent event, a line, and a WebSocket frame
// that is compressed.
enum class Form : std::uint8_t { websocket, sse, ndjson, deflate };
inline constexpr std::size_t form_count = 4;

constexpr bool is_websocket(Form form) { return form == Form::websocket || form == Form::deflate; }

// What a reader of frames needs to know of one without reading it.
struct FrameInfo {
  std::uint64_t position = 0;    // the event's seq in its log (or id, in a server-wide one); strictly growing
  std::uint32_t begin = 0;       // where the frame begins, in the segment's bytes
  std::uint32_t end = 0;         // one past its last byte
  std::uint32_t json_begin = 0;  // the JSON text within it; nothing where it is compressed
  std::uint32_t json_size = 0;
  std::uint32_t step_begin = 0;  // the step's id, within the JSON text (ids need no escape); empty: no step
  std::uint8_t step_size = 0;
  std::uint8_t type = 0;   // an EventType
  std::int8_t level = -1;  // a Level, or -1
};

// Consecutive events of one log as ready frames, end to end in one block of memory that never moves: whoever holds the
// segment may send any whole range of it. It only grows at its end, up to its capacity, by one thread; what is there
// does not change, so others may read the part that they were told of.
class Segment {
 public:
  Segment(Form form, std::size_t capacity);

  Segment(Segment const&) = delete;
  Segment& operator=(Segment const&) = delete;

  Form form() const { return form_; }
  std::span<FrameInfo const> frames() const { return frames_; }
  std::string_view bytes() const { return {data_.get(), size_}; }
  std::string_view json(FrameInfo const& frame) const { return bytes().substr(frame.json_begin, frame.json_size); }
  std::string_view step(FrameInfo const& frame) const {
    auto const text = form_ == Form::deflate ? std::string_view(steps_) : bytes();
    return text.substr(frame.step_begin, frame.step_size);
  }

  bool empty() const { return frames_.empty(); }
  std::uint64_t first_position() const { return frames_.front().position; }
  std::uint64_t last_position() const { return frames_.back().position; }
  std::size_t capacity() const { return capacity_; }
  bool fits(std::size_t json_size) const;  // with its frame around it

  // Frames `json` and adds it. `info` gives position, type, level, and the step's place *within json*.
  // `epoch` stands in the id of a server-sent event. The caller has asked fits().
  void append(std::string_view json, FrameInfo info, std::string_view epoch = {});

  // Adds a frame that was made elsewhere of a JSON text: compressed, so `step` cannot be found in it. The caller has
  // asked fits() for the text; the frame is no longer than that allows.
  void append_frame(std::string_view frame, FrameInfo info, std::string_view step);

  // The most that a frame adds to its JSON text, of any form.
  static constexpr std::size_t max_overhead = 128;

 private:
  void put_head(std::size_t json_size, std::uint64_t position, std::string_view epoch);
  void put(std::string_view text);

  Form form_;
  std::size_t capacity_;
  std::size_t size_ = 0;
  std::unique_ptr<char[]> data_;
  std::vector<FrameInfo> frames_;
  std::string steps_;  // ids, of compressed frames alone; one that repeats stands once
};

// The header of an unmasked, unfragmented server frame (RFC 6455 5.2): writes 2, 4 or 10 bytes, tells how many.
std::size_t write_frame_header(char* out, std::uint8_t first_byte, std::uint64_t payload_size);

}  // namespace runcast
