#include "tests/soak/record.hpp"

#include <charconv>
#include <functional>

namespace runcast::soak {

bool Record::agrees(std::uint64_t seq, std::string_view json) {
  if (seq > texts_.size()) texts_.resize(seq);
  Text& known = texts_[seq - 1];
  std::uint64_t const hash = std::hash<std::string_view>()(json) | 1;
  if (known.hash == 0) known = {hash, passes_filter(json)};
  return known.hash == hash;
}

Record::Sum Record::warnings() const {
  Sum sum;
  for (std::uint64_t seq = 1; seq <= texts_.size(); ++seq) {
    if (!texts_[seq - 1].warning) continue;
    ++sum.count;
    sum.seqs += seq;
  }
  return sum;
}

bool passes_filter(std::string_view json) {
  if (json.find(R"("type":"run_complete")") != json.npos) return true;
  bool const line = json.find(R"("type":"step_log")") != json.npos;
  return line && json.find(R"("level":"warn")") != json.npos;
}

std::uint64_t number_in(std::string_view json, std::string_view name) {
  std::string const key = "\"" + std::string(name) + "\":";
  auto const at = json.find(key);
  std::uint64_t number = 0;
  if (at != json.npos) std::from_chars(json.data() + at + key.size(), json.data() + json.size(), number);
  return number;
}

}  // namespace runcast::soak
