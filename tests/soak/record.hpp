#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace runcast::soak {

// What all followers of one run have seen of it together: the text under a seq is the same for everybody and for ever.
class Record {
 public:
  // False: somebody has seen another text under this seq.
  bool agrees(std::uint64_t seq, std::string_view json);

  std::uint64_t events() const { return texts_.size(); }
  // The seqs after which a follower of warnings alone must have been given, added up; and how many they are.
  struct Sum {
    std::uint64_t count = 0;
    std::uint64_t seqs = 0;
    friend bool operator==(Sum const&, Sum const&) = default;
  };
  Sum warnings() const;

 private:
  struct Text {
    std::uint64_t hash = 0;  // 0: nobody has seen it yet
    bool warning = false;
  };
  std::vector<Text> texts_;  // by seq - 1
};

// Whether `types=step_log&level=warn` lets the event pass.
bool passes_filter(std::string_view json);

// The number behind `"name":` in a JSON text; 0 where there is none.
std::uint64_t number_in(std::string_view json, std::string_view name);

}  // namespace runcast::soak
