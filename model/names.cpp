#include "model/names.hpp"

#include <algorithm>

namespace runcast {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

template <class First, class Rest>
bool matches(std::string_view text, std::size_t max_size, First first, Rest rest) {
  return !text.empty() && text.size() <= max_size && first(text.front()) &&
         std::all_of(text.begin() + 1, text.end(), rest);
}

}  // namespace

bool is_workflow_name(std::string_view text) {
  auto const first = [](char c) { return is_letter(c) || is_digit(c); };
  auto const rest = [](char c) { return is_word(c) || c == '.' || c == '-'; };
  return matches(text, 128, first, rest) && text != "runs" && text != "validate";
}

bool is_step_name(std::string_view text) {
  auto const first = [](char c) { return is_letter(c) || c == '_'; };
  auto const rest = [](char c) { return is_word(c) || c == '-'; };
  return matches(text, 64, first, rest);
}

bool is_variable_name(std::string_view text) {
  auto const first = [](char c) { return is_letter(c) || c == '_'; };
  return matches(text, 128, first, is_word);
}

bool is_worker_name(std::string_view text) {
  auto const one = [](char c) { return is_word(c) || c == '.' || c == ':' || c == '@' || c == '-'; };
  return matches(text, 128, one, one);
}

std::string variable_for(std::string_view prefix, std::string_view name) {
  std::string out{prefix};
  for (char const c : name) {
    if (c == '-') {
      out += '_';
    } else {
      out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return out;
}

bool is_of_step(std::string_view id, std::string_view step) {
  return id.starts_with(step) && (id.size() == step.size() || id[step.size()] == '[');
}

}  // namespace runcast
