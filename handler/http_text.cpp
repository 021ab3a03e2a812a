#include "handler/http_text.hpp"

#include <fmt/format.h>

namespace runcast {
namespace {

bool has_no_body(unsigned status) { return status < 200 || status == 204 || status == 304; }

std::string head(unsigned status, std::string_view content_type, AnswerTo const& to) {
  auto text = fmt::format("HTTP/{}.{} {} {}\r\nServer: runcast\r\nX-Content-Type-Options: nosniff\r\n", to.version / 10,
                          to.version % 10, status, reason_phrase(status));
  if (to.now) text += fmt::format("Date: {}\r\n", http_date(*to.now));
  if (!content_type.empty()) text += fmt::format("Content-Type: {}\r\n", content_type);
  if (!to.keep_alive) text += "Connection: close\r\n";
  if (to.keep_alive && to.version < 11) text += "Connection: keep-alive\r\n";
  return text;
}

}  // namespace

std::string header_lines(std::vector<std::pair<std::string, std::string>> const& headers) {
  std::string lines;
  for (auto const& [name, value] : headers) lines += fmt::format("{}: {}\r\n", name, value);
  return lines;
}

std::string answer_text(Answer const& answer, AnswerTo const& to) {
  auto text = head(answer.status, answer.content_type, to);
  text += header_lines(answer.headers);
  if (!has_no_body(answer.status)) text += fmt::format("Content-Length: {}\r\n", answer.body.size());
  text += "\r\n";
  if (!to.head_only) text += answer.body;
  return text;
}

std::string streamed_head(StreamedAnswer const& answer, AnswerTo const& to) {
  auto text = head(200, answer.content_type, to) + header_lines(answer.headers);
  if (to.version >= 11) text += "Transfer-Encoding: chunked\r\n";
  return text + "\r\n";
}

std::string chunk(std::string_view piece) { return fmt::format("{:x}\r\n{}\r\n", piece.size(), piece); }

}  // namespace runcast
