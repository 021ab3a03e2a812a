#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "base/result.hpp"
#include "model/fault.hpp"
#include "model/workflow.hpp"

namespace runcast {

// The values that definitions may name and that nobody may see: in memory only.
using Secrets = std::map<std::string, std::string, std::less<>>;

// One secret a file, named like it; the last line end is no part of the value. Hidden files are passed over. io: a file
// cannot be read; invalid: its name is none for a variable, or others than its owner may read it; too_large: 64 KiB.
Result<Secrets> read_secrets(std::filesystem::path const& directory);

// The secrets that a definition names and the server does not have. `base` is where it stands in what was sent.
Faults unknown_secrets(Workflow const& workflow, Secrets const& secrets, std::string_view base = "");

// Puts `***` in the place of secrets, before anything is logged. What is logged are lines, so of a value with several
// lines each is hidden; those of less than 4 characters, which half of all texts would have in them, are not.
class Mask {
 public:
  Mask() = default;
  explicit Mask(std::vector<std::string> const& values);

  bool empty() const { return parts_.empty(); }
  void apply(std::string& text) const;
  void apply(boost::json::value& value) const;    // to every text within it, names of members too
  void apply(boost::json::object& object) const;  // the same
  // To a line of which the end was cut off: a secret that it ends in the middle of goes, too.
  void apply_to_cut(std::string& text) const;

 private:
  void apply_to_names(boost::json::object& object) const;
  bool occurs_in(std::string_view text) const;

  std::vector<std::string> parts_;  // longest first: one may be part of another
};

}  // namespace runcast
