#include "feed/facets.hpp"

#include <algorithm>
#include <array>

namespace runcast {
namespace {

constexpr std::array<std::string_view, 8> names{"workers",     "machines", "jobs",         "jobs:progress",
                                                "jobs:status", "runs",     "system_stats", "heartbeat"};

bool has(std::vector<std::string> const& values, std::string const& value) {
  return std::ranges::find(values, value) != values.end();
}

}  // namespace

std::string_view to_string(Topic topic) { return names[static_cast<std::size_t>(topic)]; }

std::optional<Topic> topic_from(std::string_view name) {
  auto const found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Topic>(found - names.begin());
}

Topics Topics::all() {
  Topics topics;
  for (std::size_t i = 0; i < names.size(); ++i) topics.add(static_cast<Topic>(i));
  return topics;
}

bool Topics::ask_for(Topic topic) const {
  bool const about_job = topic == Topic::job_progress || topic == Topic::job_status;
  return has(topic) || (about_job && has(Topic::jobs));
}

bool MonitorFilter::passes(Facets const& facets) const {
  if (!topics.ask_for(facets.topic) || facets.time < since) return false;
  if (!worker_ids.empty() && !facets.worker_id.empty() && !has(worker_ids, facets.worker_id)) return false;
  if (facets.job_type.empty()) return true;
  if (!job_types.empty() && !has(job_types, facets.job_type)) return false;
  return !priority_range || (facets.priority >= priority_range->first && facets.priority <= priority_range->second);
}

}  // namespace runcast
