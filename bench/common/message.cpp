#include "bench/common/message.hpp"

#include <fmt/format.h>

namespace runcast::bench {

// As long as a real run's id.
std::string run_name(unsigned run) { return fmt::format("01JBENCH0000000000000{:05}", run); }

std::string_view MessageWriter::write(std::string_view run, std::uint64_t seq, std::uint64_t id, std::int64_t due_ns) {
  fmt::format_int const due(due_ns);
  fmt::format_int const milliseconds(due_ns / 1'000'000);
  auto const put = [this](std::string_view piece) { text_.append(piece); };
  auto const put_number = [this](fmt::format_int const& number) { text_.append(number.data(), number.size()); };
  text_.clear();
  put(R"({"type":"step_log","runId":")");
  put(run);
  put(R"(","seq":)");
  put_number(fmt::format_int(seq));
  put(R"(,"id":)");
  put_number(fmt::format_int(id));
  put(R"(,"timestamp":)");
  put_number(milliseconds);
  put(R"(,"payload":{"stepId":"build","level":"info","message":")");
  put_number(due);
  put(" ");
  put(padding_);
  put(R"(","timestamp":)");
  put_number(milliseconds);
  put("}}");
  return text_;
}

}  // namespace runcast::bench
