#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Text from elsewhere (logs, names, errors) on its way to a terminal, and how wide it stands there. All input is UTF-8;
// a broken byte counts as one replacement character.
namespace runcast::cli {

enum class Colours { drop, keep };

// `text` without anything that could act on a terminal: escape sequences (CSI, OSC, DCS, …) are taken out whole, other
// control characters stand as ^X, bidirectional overrides vanish, tabs stay. With Colours::keep, colour sequences (SGR)
// stay, and are ended at the end. The text is one line: a line feed stands as ^J, a final carriage return is cut.
std::string harmless(std::string_view text, Colours colours);

// harmless() without colours: for names, titles, errors.
inline std::string plain_text(std::string_view text) { return harmless(text, Colours::drop); }

// Columns on a terminal: colour sequences and combining characters take none, wide characters two.
std::size_t display_width(std::string_view text);

// `text` cut to `columns`, its last one `…` if anything was cut; colours that were on are ended. A tab counts as one.
std::string fit(std::string_view text, std::size_t columns);

// `text` followed by spaces up to `columns`, or cut by fit().
std::string pad(std::string_view text, std::size_t columns);

// "1 step", "3 steps".
std::string count_of(std::size_t count, std::string_view noun);

}  // namespace runcast::cli
