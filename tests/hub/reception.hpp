#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/segment.hpp"

namespace runcast::testing {

// What a follower's peer makes of the bytes that it gets, whatever the pieces in which they come. Bytes that are no
// frame of the form make it `broken`.
class Reception {
 public:
  explicit Reception(Form form) : form_(form) {}

  void take(std::string_view bytes);

  struct Text {
    std::string json;
    std::string sse_id;
    std::string sse_event;
  };
  // Called for each message; where it is set, messages are not kept.
  std::function<void(Text const&)> on_text;

  std::vector<Text> const& texts() const { return texts_; }
  std::vector<std::uint64_t> seqs() const;                        // of the events among them
  std::vector<std::string> of_type(std::string_view type) const;  // their JSON
  std::size_t heartbeats() const { return heartbeats_; }
  std::vector<std::string> const& pongs() const { return pongs_; }
  std::optional<std::uint16_t> close_code() const { return close_code_; }
  std::string const& close_reason() const { return close_reason_; }
  bool body_ended() const { return body_ended_; }  // by its last chunk
  bool broken() const { return broken_; }
  bool between_frames() const { return pending_.empty(); }
  std::size_t bytes() const { return bytes_; }

 private:
  // Take what `bytes` begin with, and tell its size; 0: it is not whole yet.
  std::size_t take_frame(std::string_view bytes);
  std::size_t take_chunk(std::string_view bytes);

  void take_message(std::uint8_t opcode, std::string_view payload);
  void take_message(std::string_view data);
  void add(Text text);

  Form form_;
  std::string pending_;
  std::vector<Text> texts_;
  std::size_t heartbeats_ = 0;
  std::vector<std::string> pongs_;
  std::optional<std::uint16_t> close_code_;
  std::string close_reason_;
  std::size_t bytes_ = 0;
  bool body_ended_ = false;
  bool broken_ = false;
};

// The number that follows `"name":` in a JSON text; 0 where there is none.
std::uint64_t number_in(std::string_view json, std::string_view name);

}  // namespace runcast::testing
