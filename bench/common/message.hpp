#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace runcast::bench {

std::string run_name(unsigned run);

// Writes the events of the bench, all of one shape: a run's step_log whose message begins with the time, in
// nanoseconds, at which the event was due. Only what differs between two events is formatted.
class MessageWriter {
 public:
  explicit MessageWriter(std::size_t message_bytes) : padding_(message_bytes > 20 ? message_bytes - 20 : 0, '.') {}

  // The JSON text; valid until the next call.
  std::string_view write(std::string_view run, std::uint64_t seq, std::uint64_t id, std::int64_t due_ns);

 private:
  std::string padding_;
  std::string text_;
};

}  // namespace runcast::bench
