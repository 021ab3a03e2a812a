#pragma once

#include <cstdlib>
#include <ctime>
#include <vector>

#include "model/event.hpp"

namespace runcast::cli {

// Local time is UTC while this lives, so that golden texts are the same everywhere.
class UtcTime {
 public:
  UtcTime() {
    setenv("TZ", "UTC0", 1);
    tzset();
  }
};

inline constexpr std::int64_t ten_o_clock = 1'763'632'800'000;  // 2025-11-20 10:00:00 UTC

inline Event make_event(std::int64_t ms, EventPayload payload) {
  static std::uint64_t seq = 0;
  auto const type = static_cast<EventType>(payload.index());
  ++seq;
  return {RunId::parse("01JD8Z5W3P4Q6R7S8T9VAWBXCY").value(),
          seq,
          seq,
          from_epoch_ms(ten_o_clock + ms),
          type,
          std::move(payload)};
}

// A run of three steps in two layers: build succeeds, unit fails twice, gate is skipped.
inline std::vector<Event> example_run() {
  using namespace events;
  std::vector<std::vector<std::string>> const layers{{"build"}, {"unit", "gate"}};
  Millis const second{1'000};
  return {
      make_event(0, RunStart{"release", 3, {}, layers, "api"}),
      make_event(10, StepStart{"build", "Build it", StepKind::run, 0, 1, {}}),
      make_event(500, StepLog{"build", Level::info, "compiling", false}),
      make_event(600, StepLog{"build", Level::warn, "careful", false}),
      make_event(1'000, StepProgress{"build", 0.42, "linking", {}}),
      make_event(2'000, StepComplete{"build", StepStatus::succeeded, 1, Millis{1'990}, 0, {}, {}, {}, {}}),
      make_event(2'010, StepStart{"unit", "unit", StepKind::run, 1, 1, {}}),
      make_event(3'000, StepRetry{"unit", 1, second, "failed", "exit code 2", {}}),
      make_event(4'000, StepStart{"unit", "unit", StepKind::run, 1, 2, {}}),
      make_event(5'000, StepComplete{"unit", StepStatus::failed, 2, second, 2, {}, {}, {}, {}}),
      make_event(5'001,
                 StepComplete{"gate", StepStatus::skipped, 0, {}, {}, {}, "a step that it needs has failed", {}, {}}),
      make_event(5'002, RunComplete{RunStatus::failed, Millis{5'002}, {}}),
  };
}

}  // namespace runcast::cli
