#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

// What monitors choose messages by.
namespace runcast {

enum class Topic : std::uint8_t {
  workers,
  machines,
  jobs,  // all about jobs, those of the two below included
  job_progress,
  job_status,
  runs,
  system_stats,
  heartbeat,
};

std::string_view to_string(Topic topic);  // as on the wire: "jobs:progress"
std::optional<Topic> topic_from(std::string_view name);

// A set of topics. Nothing is in the empty one.
class Topics {
 public:
  Topics() = default;
  static Topics all();

  void add(Topic topic) { bits_ |= bit(topic); }
  bool has(Topic topic) const { return (bits_ & bit(topic)) != 0; }
  bool empty() const { return bits_ == 0; }

  // Whether a message of this topic is asked for: `jobs` asks for all that is about jobs.
  bool ask_for(Topic topic) const;

  friend bool operator==(Topics const&, Topics const&) = default;

 private:
  static std::uint16_t bit(Topic topic) { return static_cast<std::uint16_t>(1U << static_cast<unsigned>(topic)); }

  std::uint16_t bits_ = 0;
};

// What a message is about.
struct Facets {
  Topic topic = Topic::jobs;
  std::string job_type = {};   // empty: it is about no job
  std::string worker_id = {};  // empty: about no worker
  int priority = 0;            // of the job
  Timestamp time = {};
};

// What a monitor wants to see. A condition concerns only messages that have what it asks about: a worker's message
// passes whatever the job types, a job that nobody has claimed yet passes whatever the workers.
struct MonitorFilter {
  Topics topics;
  std::vector<std::string> job_types = {};                       // empty: all
  std::vector<std::string> worker_ids = {};                      // empty: all
  std::optional<std::pair<double, double>> priority_range = {};  // both ends included
  Timestamp since = {};                                          // what happened then or later

  bool passes(Facets const& facets) const;
};

}  // namespace runcast
