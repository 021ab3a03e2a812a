#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "model/expression.hpp"

// What the parser builds and the evaluation walks; nobody else includes this.
namespace runcast {

enum class Op : std::uint8_t {
  literal,
  reference,
  not_,
  and_,
  or_,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  contains,
  starts_with,
  ends_with,
  success,
  failure,
  always,
};

struct ExpressionNode {
  Op op = Op::literal;
  std::uint32_t left = 0;  // places in the tree's nodes, always lower than this one's
  std::uint32_t right = 0;
  boost::json::value literal;
  Reference::Root root = Reference::Root::inputs;
  std::vector<std::string> path;  // of a reference: names and indices below the root
};

struct Expression::Tree {
  std::vector<ExpressionNode> nodes;  // the last one is the whole
  std::vector<Reference> references;
  bool considers_status = false;
};

}  // namespace runcast
