#pragma once

#include <optional>
#include <span>
#include <string>

#include "executor/scheduler.hpp"

namespace runcast {

// Where a log and the rules part ways.
struct Difference {
  std::uint64_t seq = 0;  // of the logged event; one past the last where the log ends too early
  std::string decided;    // the event that the rules lead to, as `type {payload}`; empty: none
  std::string logged;     // the event that is in the log; empty: none
};

// Feeds what a log says happened (attempts that ended, requests, the passing of time) to a fresh scheduler, and
// compares each decision with the log. Nothing: the log follows from the rules. A log may end anywhere between two
// decisions.
std::optional<Difference> replay(RunId run, std::shared_ptr<Plan const> plan, std::span<Event const> log,
                                 Scheduler::Limits limits = {});

}  // namespace runcast
