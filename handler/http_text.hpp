#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "handler/http.hpp"

// The bytes of HTTP answers.
namespace runcast {

// What an answer depends on in the request that it answers.
struct AnswerTo {
  unsigned version = 11;
  bool head_only = false;
  bool keep_alive = false;
  std::optional<Timestamp> now{};  // for its Date; absent: it has none
};

// Each field as a line.
std::string header_lines(std::vector<std::pair<std::string, std::string>> const& headers);

// The whole of an answer: its head, and its body unless only the head was asked for.
std::string answer_text(Answer const& answer, AnswerTo const& to);

// The head of an answer whose body follows in pieces: in chunks, or up to the connection's end for HTTP/1.0.
std::string streamed_head(StreamedAnswer const& answer, AnswerTo const& to);

// One piece of such a body.
std::string chunk(std::string_view piece);
inline constexpr std::string_view last_body_chunk = "0\r\n\r\n";

}  // namespace runcast
