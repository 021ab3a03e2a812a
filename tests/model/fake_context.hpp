#pragma once

#include <map>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "model/expression.hpp"

namespace runcast {

// A context that sees what a test puts into it.
class FakeContext final : public ExpressionContext {
 public:
  boost::json::object inputs;
  boost::json::object outputs;  // by step
  boost::json::object matrix_values;
  std::map<std::string, StepStatus, std::less<>> statuses;
  std::map<std::string, std::string, std::less<>> secrets;
  bool succeeded = true;
  bool failed = false;

  boost::json::value const* input(std::string_view name) const override { return inputs.if_contains(name); }
  boost::json::value const* matrix(std::string_view axis) const override { return matrix_values.if_contains(axis); }
  std::optional<StepStatus> step_status(std::string_view step_id) const override {
    auto const found = statuses.find(step_id);
    return found == statuses.end() ? std::nullopt : std::optional(found->second);
  }
  boost::json::value const* step_output(std::string_view step_id, std::string_view name) const override {
    auto const* step = outputs.if_contains(step_id);
    return step == nullptr ? nullptr : step->as_object().if_contains(name);
  }
  std::optional<std::string> secret(std::string_view name) const override {
    auto const found = secrets.find(name);
    return found == secrets.end() ? std::nullopt : std::optional(found->second);
  }
  std::string run_id() const override { return "01RUN"; }
  bool needs_succeeded() const override { return succeeded; }
  bool needs_failed() const override { return failed; }
};

}  // namespace runcast
