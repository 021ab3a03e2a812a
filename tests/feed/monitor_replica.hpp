#pragma once

#include <map>
#include <string>

#include <boost/json/object.hpp>

namespace runcast::testing {

// A monitor's picture of the system, as the seed's client keeps it: a snapshot, and what the messages after it say. It
// knows the wire format alone.
class MonitorReplica {
 public:
  void take(boost::json::object const& message);

  // What both a replica and a fresh snapshot can tell, comparable: jobs with status, worker, progress and end; workers
  // with their status; the stats.
  boost::json::object picture() const;

  std::uint64_t event_id() const { return event_id_; }

 private:
  void take_snapshot(boost::json::object const& data);
  boost::json::object& job(boost::json::object const& message);

  std::map<std::string, boost::json::object> jobs_;
  std::map<std::string, boost::json::object> workers_;
  boost::json::object stats_;
  std::uint64_t event_id_ = 0;
};

}  // namespace runcast::testing
