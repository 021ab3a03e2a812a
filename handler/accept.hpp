#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace runcast {

// Which of the media types that are `offered` (in lower case, best first) suits an Accept field's value best, by RFC
// 9110 12.5.1: each has the weight that the most specific range gives it. Of equals the one that is named more exactly,
// then the one that is named first, then the one that is offered first. An empty value takes anything. Nothing: none of
// them suits. What is not a range is passed over, a weight that is none counts as 1; parameters other than `q` are not
// looked at.
std::optional<std::string_view> preferred_type(std::string_view accept, std::span<std::string_view const> offered);

}  // namespace runcast
