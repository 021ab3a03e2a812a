#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "queue/types.hpp"

namespace runcast {

// The jobs that wait for a worker, in the order in which they go: by priority, then by age. Jobs that ask for the same
// stand in one line, so finding one for a worker costs a look at the head of each line, however long they are. Pure;
// one thread.
class PendingJobs {
 public:
  using Job = std::shared_ptr<JobSpec const>;

  void add(Job job);
  void remove(JobSpec const& job);  // nothing where it does not wait

  // Takes out the first that a worker may have. `types`: any where there are none.
  Job take(std::vector<std::string> const& types, boost::json::object const& capabilities);

  std::size_t size() const { return size_; }

 private:
  struct GoesFirst {
    bool operator()(Job const& a, Job const& b) const;
  };
  struct Line {
    boost::json::object requirements;
    std::set<Job, GoesFirst> jobs;  // never empty
  };
  using Lines = std::unordered_map<std::string, Line>;  // by the text of the requirements

  static void look(Lines const& lines, boost::json::object const& capabilities, Line const*& best);

  std::map<std::string, Lines> types_;
  std::size_t size_ = 0;
};

}  // namespace runcast
