#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runcast {

// The words of a shell script that any POSIX shell would do nothing with but run them as one external command: no
// quoting, expansion, redirection, assignment, comment or second command, and a first word that no shell knows itself.
// Nothing where there is the least doubt. Such a script needs no shell process.
std::optional<std::vector<std::string>> plain_words(std::string_view script);

}  // namespace runcast
