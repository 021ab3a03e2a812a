#include "executor/spawn/plain_words.hpp"

#include <algorithm>
#include <array>

namespace runcast {
namespace {

// Reserved words and builtins of dash and bash, those that exist as programs too included: `echo`, `test` or `kill`
// behave otherwise within a shell. Sorted.
constexpr auto shell_words = std::to_array<std::string_view>({
    ".",       ":",       "alias",   "bg",       "bind",      "break",    "builtin",  "caller",  "case",    "cd",
    "chdir",   "command", "compgen", "complete", "compopt",   "continue", "coproc",   "declare", "dirs",    "disown",
    "do",      "done",    "echo",    "elif",     "else",      "enable",   "esac",     "eval",    "exec",    "exit",
    "export",  "false",   "fc",      "fg",       "fi",        "for",      "function", "getopts", "hash",    "help",
    "history", "if",      "in",      "jobs",     "kill",      "let",      "local",    "logout",  "mapfile", "popd",
    "printf",  "pushd",   "pwd",     "read",     "readarray", "readonly", "return",   "select",  "set",     "shift",
    "shopt",   "source",  "suspend", "test",     "then",      "time",     "times",    "trap",    "true",    "type",
    "typeset", "ulimit",  "umask",   "unalias",  "unset",     "until",    "wait",     "while",
});
static_assert(std::is_sorted(shell_words.begin(), shell_words.end()));

bool is_plain(char c, bool first_word) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  if (c == '=') return !first_word;
  return std::string_view("_-./:,+@").find(c) != std::string_view::npos;
}

std::string_view trim(std::string_view text, std::string_view blanks) {
  auto const begin = text.find_first_not_of(blanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

}  // namespace

std::optional<std::vector<std::string>> plain_words(std::string_view script) {
  std::vector<std::string> words;
  for (auto rest = trim(script, " \t\n"); !rest.empty(); rest = trim(rest, " \t")) {
    auto const word = rest.substr(0, rest.find_first_of(" \t"));
    bool const first = words.empty();
    if (!std::all_of(word.begin(), word.end(), [&](char c) { return is_plain(c, first); })) return std::nullopt;
    words.emplace_back(word);
    rest.remove_prefix(word.size());
  }
  if (words.empty() || std::binary_search(shell_words.begin(), shell_words.end(), words.front())) return std::nullopt;
  return words;
}

}  // namespace runcast
