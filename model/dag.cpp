#include "model/dag.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace runcast {

namespace {

constexpr StepIndex none = std::numeric_limits<StepIndex>::max();

// Tarjan's strongly connected components, with its call stack made explicit.
class Components {
 public:
  explicit Components(NeedLists const& needs)
      : component(needs.size(), none), needs_(needs), number_(needs.size(), none), low_(needs.size()) {
    for (StepIndex root = 0; root < needs.size(); ++root) {
      if (number_[root] == none) visit_from(root);
    }
  }

  std::vector<StepIndex> component;             // of each step
  std::vector<std::vector<StepIndex>> members;  // of each component

 private:
  struct Frame {
    StepIndex step;
    std::size_t next;  // of its needs
  };

  void enter(StepIndex step) {
    number_[step] = low_[step] = counter_++;
    open_.push_back(step);
    frames_.push_back({step, 0});
  }

  void visit_from(StepIndex root) {
    enter(root);
    while (!frames_.empty()) {
      auto const step = frames_.back().step;
      if (frames_.back().next < needs_[step].size()) {
        auto const need = needs_[step][frames_.back().next++];
        if (number_[need] == none) {
          enter(need);
        } else if (component[need] == none) {
          low_[step] = std::min(low_[step], number_[need]);
        }
        continue;
      }
      frames_.pop_back();
      if (!frames_.empty()) low_[frames_.back().step] = std::min(low_[frames_.back().step], low_[step]);
      if (low_[step] == number_[step]) close(step);
    }
  }

  void close(StepIndex root) {
    StepIndex member = none;
    members.emplace_back();
    while (member != root) {
      member = open_.back();
      open_.pop_back();
      component[member] = static_cast<StepIndex>(members.size() - 1);
      members.back().push_back(member);
    }
  }

  NeedLists const& needs_;
  std::vector<StepIndex> number_;
  std::vector<StepIndex> low_;
  std::vector<StepIndex> open_;
  std::vector<Frame> frames_;
  StepIndex counter_ = 0;
};

// The shortest way from `start` back to it that stays within its component.
std::vector<StepIndex> shortest_cycle(NeedLists const& needs, Components const& components, StepIndex start,
                                      std::vector<StepIndex>& came_from) {
  std::vector<StepIndex> queue{start};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    auto const step = queue[i];
    for (auto const need : needs[step]) {
      if (need == start && step != start) {
        std::vector<StepIndex> path;
        for (auto at = step; at != start; at = came_from[at]) path.push_back(at);
        path.push_back(start);
        std::reverse(path.begin(), path.end());
        return path;
      }
      if (components.component[need] != components.component[start] || came_from[need] != none || need == start)
        continue;
      came_from[need] = step;
      queue.push_back(need);
    }
  }
  return {};
}

}  // namespace

std::vector<std::vector<StepIndex>> find_cycles(NeedLists const& needs) {
  Components const components(needs);
  std::vector<StepIndex> came_from(needs.size(), none);
  std::vector<std::vector<StepIndex>> cycles;
  for (auto const& members : components.members) {
    if (members.size() < 2) continue;
    auto const first = *std::min_element(members.begin(), members.end());
    cycles.push_back(shortest_cycle(needs, components, first, came_from));
  }
  std::sort(cycles.begin(), cycles.end());
  return cycles;
}

Result<Dag> Dag::build(std::span<Step const> steps) {
  std::unordered_map<std::string_view, StepIndex> index;
  for (StepIndex i = 0; i < steps.size(); ++i) index.emplace(steps[i].id, i);
  NeedLists needs(steps.size());
  for (StepIndex i = 0; i < steps.size(); ++i) {
    for (auto const& id : steps[i].needs) {
      auto const found = index.find(id);
      if (found == index.end() || found->second == i) {
        return fail(Errc::invalid, fmt::format("step '{}' cannot need '{}'", steps[i].id, id));
      }
      needs[i].push_back(found->second);
    }
  }
  if (!find_cycles(needs).empty()) return fail(Errc::invalid, "the steps need each other in a cycle");
  return Dag(needs);
}

Dag::Dag(NeedLists const& needs) {
  fill_lists(needs);
  fill_layers();
}

void Dag::fill_lists(NeedLists const& needs) {
  needs_.begin.assign(1, 0);
  dependents_.begin.assign(needs.size() + 1, 0);
  for (auto const& list : needs) {
    needs_.items.insert(needs_.items.end(), list.begin(), list.end());
    needs_.begin.push_back(static_cast<StepIndex>(needs_.items.size()));
    for (auto const need : list) ++dependents_.begin[need + 1];
  }
  for (std::size_t i = 1; i < dependents_.begin.size(); ++i) dependents_.begin[i] += dependents_.begin[i - 1];
  dependents_.items.resize(needs_.items.size());
  auto next = dependents_.begin;
  for (StepIndex i = 0; i < needs.size(); ++i) {
    for (auto const need : needs[i]) dependents_.items[next[need]++] = i;
  }
}

void Dag::fill_layers() {
  auto const count = needs_.begin.size() - 1;
  layer_.assign(count, 0);
  std::vector<std::size_t> open(count);
  std::vector<StepIndex> ready;
  for (StepIndex i = 0; i < count; ++i) {
    open[i] = needs(i).size();
    if (open[i] == 0) ready.push_back(i);
  }
  layer_begin_.assign(1, 0);
  // A step becomes ready when the last of its needs is placed, which is in the layer above its own.
  while (!ready.empty()) {
    std::vector<StepIndex> below;
    for (auto const step : ready) {
      for (auto const dependent : dependents(step)) {
        if (--open[dependent] > 0) continue;
        layer_[dependent] = static_cast<std::uint32_t>(layer_begin_.size());
        below.push_back(dependent);
      }
    }
    order_.insert(order_.end(), ready.begin(), ready.end());
    layer_begin_.push_back(order_.size());
    std::sort(below.begin(), below.end());
    ready = std::move(below);
  }
}

Ancestry::Ancestry(Dag const& dag) : words_((dag.size() + 63) / 64), bits_(dag.size() * words_) {
  for (auto const step : dag.order()) {
    for (auto const need : dag.needs(step)) {
      for (std::size_t word = 0; word < words_; ++word) bits_[step * words_ + word] |= bits_[need * words_ + word];
      bits_[step * words_ + need / 64] |= std::uint64_t{1} << (need % 64);
    }
  }
}

std::vector<std::vector<std::string>> layer_ids(Workflow const& workflow, Dag const& dag) {
  std::vector<std::vector<std::string>> out(dag.layers());
  for (std::size_t layer = 0; layer < out.size(); ++layer) {
    for (auto const step : dag.steps_of_layer(layer)) out[layer].push_back(workflow.steps[step].id);
  }
  return out;
}

}  // namespace runcast
