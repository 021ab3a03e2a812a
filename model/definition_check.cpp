#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "model/definition_draft.hpp"

// What can be said of a definition only when all of it is known.
namespace runcast {

namespace {

// Words that may be used, for looking up and for suggesting.
struct Names {
  std::vector<std::string_view> list;
  std::unordered_set<std::string_view> set;

  void add(std::string_view name) {
    list.push_back(name);
    set.insert(name);
  }
};

class Check {
 public:
  Check(DefinitionDraft const& draft, std::string_view base, FaultLog& log) : draft_(draft), base_(base), log_(log) {}

  void run() {
    collect_names();
    check_needs();
    check_cycles();
    for (auto const& use : draft_.uses) {
      for (auto const& reference : use.references) check_reference(use, reference);
    }
  }

 private:
  std::string id_of(StepIndex step) const { return draft_.steps[step].step.id; }

  std::string need_pointer(StepIndex step, std::size_t position) const {
    return fmt::format("{}/steps/{}/{}/{}", base_, step, draft_.steps[step].needs_key, position);
  }

  void collect_names() {
    for (StepIndex i = 0; i < draft_.steps.size(); ++i) {
      std::string_view const id = draft_.steps[i].step.id;
      if (id.empty()) continue;
      auto const [other, is_new] = index_.emplace(id, i);
      if (is_new) {
        ids_.add(id);
      } else {
        log_.add(fmt::format("{}/steps/{}/id", base_, i),
                 fmt::format("the id '{}' belongs to step {} already", id.substr(0, 64), other->second));
      }
    }
    for (auto const& input : draft_.workflow.inputs) inputs_.add(input.name);
    for (auto const& secret : draft_.workflow.secrets) secrets_.add(secret);
  }

  void check_needs() {
    needs_.resize(draft_.steps.size());
    for (StepIndex i = 0; i < draft_.steps.size(); ++i) {
      std::unordered_set<std::string_view> seen;
      for (auto const& need : draft_.steps[i].needs) {
        if (!seen.insert(need.id).second) {
          log_.add(need_pointer(i, need.position), fmt::format("'{}' is listed twice", need.id.substr(0, 64)));
        } else {
          check_need(i, need);
        }
      }
    }
  }

  void check_need(StepIndex step, NeedDraft const& need) {
    if (need.id == draft_.steps[step].step.id) {
      sound_ = false;
      log_.add(need_pointer(step, need.position), fmt::format("cycle: {0} -> {0}", need.id.substr(0, 64)));
      return;
    }
    auto const found = index_.find(need.id);
    if (found == index_.end()) {
      sound_ = false;
      log_.add(need_pointer(step, need.position), fmt::format("there is no step '{}'{}", need.id.substr(0, 64),
                                                              log_.suggester().hint(need.id, ids_.list)));
      return;
    }
    needs_[step].push_back(found->second);
  }

  void check_cycles() {
    for (auto const& cycle : find_cycles(needs_)) {
      sound_ = false;
      auto const& wanted = id_of(cycle[1]);
      auto const& needs = draft_.steps[cycle[0]].needs;
      auto const need = std::find_if(needs.begin(), needs.end(), [&](auto const& each) { return each.id == wanted; });
      log_.add(need_pointer(cycle[0], need->position), "cycle: " + path_of(cycle));
    }
  }

  // a -> b -> a; the middle of a very long one is left out.
  std::string path_of(std::vector<StepIndex> const& cycle) const {
    constexpr std::size_t shown = 40;
    std::string path;
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      if (cycle.size() > shown && i == shown / 2) {
        path += fmt::format("({} more) -> ", cycle.size() - shown);
        i += cycle.size() - shown;
      }
      path += id_of(cycle[i]) + " -> ";
    }
    return path + id_of(cycle.front());
  }

  void check_reference(ExpressionUse const& use, Reference const& reference) {
    switch (reference.root) {
      case Reference::Root::run:
        return;
      case Reference::Root::inputs:
        return check_listed(use, reference, "input", inputs_);
      case Reference::Root::matrix:
        return check_matrix(use, reference);
      case Reference::Root::steps:
        return check_step(use, reference);
      case Reference::Root::secrets:
        break;
    }
    if (use.scope.secrets) return check_listed(use, reference, "secret", secrets_);
    refuse(use, reference, "secrets go to 'env' and 'http' only, where they can be masked");
  }

  void refuse(ExpressionUse const& use, Reference const& reference, std::string message) {
    log_.add(use.pointer, to_string(TextError{reference.position, std::move(message)}));
  }

  void check_listed(ExpressionUse const& use, Reference const& reference, std::string_view what, Names const& known) {
    if (known.set.contains(reference.name)) return;
    refuse(use, reference,
           fmt::format("there is no {} '{}'{}", what, reference.name.substr(0, 64),
                       log_.suggester().hint(reference.name, known.list)));
  }

  void check_matrix(ExpressionUse const& use, Reference const& reference) {
    if (!use.scope.matrix) return refuse(use, reference, "there is no matrix here");
    auto const& matrix = draft_.steps[*use.scope.step].step.matrix;
    auto const* axes = matrix ? std::get_if<std::vector<MatrixAxis>>(&matrix->source) : nullptr;
    if (axes == nullptr) return;  // its axes are known only once the run has come to it
    Names names;
    for (auto const& axis : *axes) names.add(axis.name);
    check_listed(use, reference, "matrix axis", names);
  }

  void check_step(ExpressionUse const& use, Reference const& reference) {
    if (!use.scope.step) return refuse(use, reference, "no step has ended where this is filled in");
    auto const step = *use.scope.step;
    auto const found = index_.find(reference.name);
    if (found == index_.end()) return check_listed(use, reference, "step", ids_);
    if (!sound_) return;  // who needs whom is not known
    auto const& direct = needs_[step];
    if (std::find(direct.begin(), direct.end(), found->second) != direct.end()) return;
    if (!ancestry_) ancestry_.emplace(Dag(needs_));
    if (ancestry_->needs(step, found->second)) return;
    refuse(use, reference,
           fmt::format("'{}' is none of the steps that this one needs, so it may not have ended; add it to 'needs'",
                       reference.name));
  }

  DefinitionDraft const& draft_;
  std::string_view base_;
  FaultLog& log_;
  std::unordered_map<std::string_view, StepIndex> index_;
  Names ids_;
  Names inputs_;
  Names secrets_;
  NeedLists needs_;  // those that exist
  bool sound_ = true;
  std::optional<Ancestry> ancestry_;  // made when first asked for
};

std::size_t instances_of(Step const& step, std::size_t limit) {
  auto const* axes = step.matrix ? std::get_if<std::vector<MatrixAxis>>(&step.matrix->source) : nullptr;
  std::size_t count = 1;
  if (axes == nullptr) return count;
  for (auto const& axis : *axes) {
    auto const* values = std::get_if<boost::json::array>(&axis.values);
    if (values != nullptr && !values->empty()) count *= std::min(values->size(), limit + 1);
    count = std::min(count, limit + 1);
  }
  return count;
}

}  // namespace

void check_draft(DefinitionDraft const& draft, std::string_view base, DefinitionLimits const& limits, FaultLog& log) {
  Check(draft, base, log).run();
  std::size_t total = 0;
  for (auto const& each : draft.steps) total += instances_of(each.step, limits.max_steps);
  if (total > limits.max_steps) {
    log.add(fmt::format("{}/steps", base), fmt::format("more than {} steps with their matrices", limits.max_steps));
  }
}

}  // namespace runcast
