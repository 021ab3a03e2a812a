#include "model/segment.hpp"

#include <cassert>
#include <cstring>

#include <fmt/format.h>

namespace runcast {
namespace {

constexpr std::uint8_t final_text_frame = 0x81;
constexpr std::size_t usual_frame = 256;  // bytes; a log line's

// One server-sent event, in a chunk of its own (RFC 9112 7.1), so that the frame stands for itself in the body.
std::string_view sse_head(fmt::memory_buffer& out, std::uint64_t position, std::string_view epoch,
                          std::size_t json_size) {
  fmt::memory_buffer id;
  fmt::format_to(std::back_inserter(id), "id: {}:{}\ndata: ", epoch, position);
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", id.size() + json_size + 2);
  out.append(id);
  return {out.data(), out.size()};
}

}  // namespace

std::size_t write_frame_header(char* out, std::uint8_t first_byte, std::uint64_t payload_size) {
  out[0] = static_cast<char>(first_byte);
  auto const big_endian = [&](std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) out[2 + i] = static_cast<char>(payload_size >> (8 * (bytes - 1 - i)));
    return 2 + bytes;
  };
  if (payload_size < 126) {
    out[1] = static_cast<char>(payload_size);
    return 2;
  }
  if (payload_size <= 0xFFFF) {
    out[1] = 126;
    return big_endian(2);
  }
  out[1] = 127;
  return big_endian(8);
}

Segment::Segment(Form form, std::size_t capacity)
    : form_(form), capacity_(capacity), data_(std::make_unique_for_overwrite<char[]>(capacity)) {
  frames_.reserve(capacity / usual_frame);
}

bool Segment::fits(std::size_t json_size) const { return size_ + json_size + max_overhead <= capacity_; }

void Segment::append(std::string_view json, FrameInfo info, std::string_view epoch) {
  assert(fits(json.size()));
  info.begin = static_cast<std::uint32_t>(size_);
  if (form_ == Form::websocket) {
    size_ += write_frame_header(data_.get() + size_, final_text_frame, json.size());
  } else {
    put_head(json.size(), info.position, epoch);
  }
  info.json_begin = static_cast<std::uint32_t>(size_);
  info.json_size = static_cast<std::uint32_t>(json.size());
  info.step_begin += info.json_begin;
  put(json);
  if (form_ == Form::sse) put("\n\n\r\n");
  if (form_ == Form::ndjson) put("\n\r\n");
  info.end = static_cast<std::uint32_t>(size_);
  frames_.push_back(info);
}

void Segment::append_frame(std::string_view frame, FrameInfo info, std::string_view step) {
  assert(size_ + frame.size() <= capacity_);
  info.begin = static_cast<std::uint32_t>(size_);
  info.json_begin = info.begin;
  info.json_size = 0;
  put(frame);
  info.end = static_cast<std::uint32_t>(size_);
  if (!std::string_view(steps_).ends_with(step)) steps_ += step;
  info.step_begin = static_cast<std::uint32_t>(steps_.size() - step.size());
  info.step_size = static_cast<std::uint8_t>(step.size());
  frames_.push_back(info);
}

// What stands before the JSON text where it is part of an HTTP body.
void Segment::put_head(std::size_t json_size, std::uint64_t position, std::string_view epoch) {
  fmt::memory_buffer head;
  if (form_ == Form::sse) return put(sse_head(head, position, epoch, json_size));
  fmt::format_to(std::back_inserter(head), "{:x}\r\n", json_size + 1);
  put({head.data(), head.size()});
}

void Segment::put(std::string_view text) {
  std::memcpy(data_.get() + size_, text.data(), text.size());
  size_ += text.size();
}

}  // namespace runcast
