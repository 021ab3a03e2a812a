#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.hpp"
#include "model/workflow.hpp"

namespace runcast {

// The instances that a matrix comes to, the last axis changing fastest. An axis may be an expression: a step's output
// that is an array, or the JSON text of one. A whole matrix may be one, too: an array of objects, each an instance, or
// of plain values, each the axis `item`. Fails where it is no array, an axis is no good name, or there are more
// instances than `limit`.
Result<std::vector<boost::json::object>> expand(Matrix const& matrix, ExpressionContext const& context,
                                                std::size_t limit);

// The axis of a matrix that is an array of plain values.
inline constexpr std::string_view sole_axis = "item";

// "shards[2]"
std::string instance_id(std::string_view step_id, std::size_t index);

}  // namespace runcast
