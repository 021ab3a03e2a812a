#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "model/fault.hpp"
#include "model/status.hpp"

namespace runcast {

// What an expression can see: one step of one run, at one moment. Nothing where there is no such thing.
class ExpressionContext {
 public:
  virtual ~ExpressionContext() = default;

  virtual boost::json::value const* input(std::string_view name) const = 0;
  virtual boost::json::value const* matrix(std::string_view axis) const = 0;
  virtual std::optional<StepStatus> step_status(std::string_view step_id) const = 0;
  virtual boost::json::value const* step_output(std::string_view step_id, std::string_view name) const = 0;
  virtual std::optional<std::string> secret(std::string_view name) const = 0;
  virtual std::string run_id() const = 0;

  virtual bool needs_succeeded() const = 0;  // every need of this step did
  virtual bool needs_failed() const = 0;     // a need, or a need of a need, failed
};

// One mention of a value from outside.
struct Reference {
  enum class Root : std::uint8_t { inputs, steps, matrix, run, secrets };
  Root root = Root::inputs;
  std::string name;          // the input, the step's id, the axis, the secret
  std::size_t position = 0;  // in the expression's text
};

// The little language of `if` and `${{ }}`:
//
//   literals     'it''s'  "a\n"  12  -0.5  true  false  null
//   values       inputs.x  steps.ID.status  steps.ID.outputs.NAME  matrix.x  run.id  secrets.X
//                and what is inside of them: steps.hook.outputs.body.items[0]['name']
//   operators    ( )  !  <  <=  >  >=  ==  !=  &&  ||      `&&` and `||` give one of their operands
//   functions    contains(text or array, x)  startsWith(text, x)  endsWith(text, x)
//   fates        success  failure  always                  with () or without
//
// Every expression has a value, whatever it is about: what is not there is null, values of different types are not
// equal, and neither is before the other. null, false, 0 and "" are false; all else is true.
class Expression {
 public:
  // Bounded in nesting (100) and in size (1,000 operands and operators).
  static boost::system::result<Expression, TextError> parse(std::string_view text);

  boost::json::value evaluate(ExpressionContext const& context) const;
  bool test(ExpressionContext const& context) const;

  std::vector<Reference> const& references() const;

  // Whether it asks for a fate or for a step's status: whether it decides on its own what a failure before it means.
  bool considers_status() const;

  struct Tree;  // immutable, so copies share it

 private:
  explicit Expression(std::shared_ptr<Tree const> tree) : tree_(std::move(tree)) {}

  std::shared_ptr<Tree const> tree_;
};

bool is_truthy(boost::json::value const& value);

// As `==` of the language: numbers by value, whatever their JSON form.
bool equal_values(boost::json::value const& a, boost::json::value const& b);

// A value as text, as templates and the environment show it: a string bare, null as nothing, arrays and objects as
// JSON.
std::string to_text(boost::json::value const& value);

}  // namespace runcast
