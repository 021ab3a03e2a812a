#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "model/workflow.hpp"

namespace runcast {

// A step's place in the definition, from 0.
using StepIndex = std::uint32_t;

// needs[i]: what step i needs.
using NeedLists = std::vector<std::vector<StepIndex>>;

// One cycle, as short as can be, of each group of steps that need each other: a, b, c, where a needs b, b needs c and c
// needs a. A step that needs itself is no group. Linear time.
std::vector<std::vector<StepIndex>> find_cycles(NeedLists const& needs);

// Who needs whom, both ways, in flat arrays. Building and asking take no recursion, so long chains do no harm.
class Dag {
 public:
  // Fails where a need does not exist or there is a cycle; of a parsed Workflow's steps, never.
  static Result<Dag> build(std::span<Step const> steps);

  // Of needs that are known to hold no cycle.
  explicit Dag(NeedLists const& needs);

  std::size_t size() const { return layer_.size(); }
  std::span<StepIndex const> needs(StepIndex step) const { return needs_.of(step); }
  std::span<StepIndex const> dependents(StepIndex step) const { return dependents_.of(step); }

  // What a step needs comes before it; otherwise in the order of the definition, layer by layer.
  std::span<StepIndex const> order() const { return order_; }

  // The longest path from a root to it; roots are in layer 0.
  std::uint32_t layer(StepIndex step) const { return layer_[step]; }
  std::size_t layers() const { return layer_begin_.size() - 1; }
  std::span<StepIndex const> steps_of_layer(std::size_t layer) const {
    return std::span(order_).subspan(layer_begin_[layer], layer_begin_[layer + 1] - layer_begin_[layer]);
  }

 private:
  struct Lists {
    std::vector<StepIndex> begin;  // one more than there are steps
    std::vector<StepIndex> items;
    std::span<StepIndex const> of(StepIndex step) const {
      return std::span(items).subspan(begin[step], begin[step + 1] - begin[step]);
    }
  };

  void fill_lists(NeedLists const& needs);
  void fill_layers();

  Lists needs_;
  Lists dependents_;
  std::vector<std::uint32_t> layer_;
  std::vector<StepIndex> order_;
  std::vector<std::size_t> layer_begin_;
};

// Whether a step needs another, directly or through others. Takes a bit for each pair of steps.
class Ancestry {
 public:
  explicit Ancestry(Dag const& dag);
  bool needs(StepIndex step, StepIndex other) const {
    return (bits_[step * words_ + other / 64] >> (other % 64) & 1U) != 0;
  }

 private:
  std::size_t words_;
  std::vector<std::uint64_t> bits_;
};

// The ids of the steps of each layer, as events and answers show them.
std::vector<std::vector<std::string>> layer_ids(Workflow const& workflow, Dag const& dag);

}  // namespace runcast
