#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include <fmt/format.h>

#include "model/cron.hpp"

namespace runcast {

namespace {

struct Field {
  std::string_view what;
  unsigned min;
  unsigned max;
  std::span<std::string_view const> names;  // the first one is for `min`
};

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

constexpr Field minute_field{"minute", 0, 59, {}};
constexpr Field hour_field{"hour", 0, 23, {}};
constexpr Field day_field{"day of the month", 1, 31, {}};
constexpr Field month_field{"month", 1, 12, month_names};
constexpr Field weekday_field{"day of the week", 0, 7, weekday_names};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> shorthands{{{"@hourly", "0 * * * *"},
                                                                                   {"@daily", "0 0 * * *"},
                                                                                   {"@midnight", "0 0 * * *"},
                                                                                   {"@weekly", "0 0 * * 0"},
                                                                                   {"@monthly", "0 0 1 * *"},
                                                                                   {"@yearly", "0 0 1 1 *"},
                                                                                   {"@annually", "0 0 1 1 *"}}};

bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Reads the fields one after the other. Errors travel as exceptions within this file only.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : text_(text) {}

  struct Values {
    std::uint64_t bits = 0;
    bool any = false;  // begins with '*'
    std::size_t position = 0;
  };

  Values field(Field const& field) {
    skip_space();
    if (at_ == text_.size()) fail_here(fmt::format("expected the {}; there are five fields", field.what));
    Values out{0, peek() == '*', at_};
    do {
      out.bits |= item(field);
    } while (take(','));
    if (at_ < text_.size() && !is_space(peek())) {
      fail_here(fmt::format("expected ',', '-', '/' or a space after the {}", field.what));
    }
    return out;
  }

  void end() {
    skip_space();
    if (at_ < text_.size()) fail_here("expected the end; there are five fields");
  }

 private:
  [[noreturn]] void fail_here(std::string message) const { throw TextError{at_, std::move(message)}; }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void skip_space() {
    while (is_space(peek())) ++at_;
  }

  std::uint64_t item(Field const& field) {
    auto first = field.min;
    auto last = field.max;
    bool single = false;
    if (!take('*')) {
      auto const position = at_;
      first = last = value(field);
      single = !take('-');
      if (!single) last = value(field);
      if (last < first)
        throw TextError{position, fmt::format("this range of the {} ends before it begins", field.what)};
    }
    unsigned step = 1;
    if (take('/')) {
      auto const position = at_;
      step = number(field);
      if (step == 0) throw TextError{position, "a step is at least 1"};
      if (single) last = field.max;  // 5/15: from 5 on
    }
    std::uint64_t bits = 0;
    for (auto i = first; i <= last; i += std::min(step, field.max + 1)) bits |= std::uint64_t{1} << i;
    return bits;
  }

  unsigned value(Field const& field) {
    auto const begin = at_;
    auto const found = is_letter(peek()) ? name(field) : number(field);
    if (found < field.min || found > field.max) {
      throw TextError{begin, fmt::format("the {} is from {} to {}", field.what, field.min, field.max)};
    }
    return found;
  }

  unsigned number(Field const& field) {
    auto const begin = at_;
    while (is_digit(peek())) ++at_;
    if (begin == at_) fail_here(fmt::format("expected a number for the {}", field.what));
    unsigned out = 0;
    auto const [stop, error] = std::from_chars(text_.data() + begin, text_.data() + at_, out);
    if (error != std::errc{}) throw TextError{begin, "this number is too large"};
    return out;
  }

  unsigned name(Field const& field) {
    auto const begin = at_;
    std::string word;
    while (is_letter(peek())) word += static_cast<char>(text_[at_++] | 0x20);
    auto const found = std::find(field.names.begin(), field.names.end(), word);
    if (found == field.names.end())
      throw TextError{begin, fmt::format("'{}' is no {}", word.substr(0, 32), field.what)};
    return field.min + static_cast<unsigned>(found - field.names.begin());
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// Whether one of the days is there in one of the months (in a leap year).
bool comes(std::uint32_t days, std::uint32_t months) {
  for (unsigned month = 1; month <= 12; ++month) {
    auto const last = month == 2 ? 29U : (month == 4 || month == 6 || month == 9 || month == 11 ? 30U : 31U);
    auto const of_month = (std::uint64_t{1} << (last + 1)) - 1;
    if ((months >> month & 1U) != 0 && (days & of_month) != 0) return true;
  }
  return false;
}

}  // namespace

boost::system::result<Cron, TextError> Cron::parse(std::string_view text) {
  for (auto const& [name, fields] : shorthands) {
    if (text == name) return parse(fields);
  }
  if (text.starts_with('@')) {
    return TextError{0, "expected @hourly, @daily, @midnight, @weekly, @monthly, @yearly or @annually"};
  }
  try {
    FieldReader reader(text);
    Cron cron;
    cron.minutes_ = reader.field(minute_field).bits;
    cron.hours_ = static_cast<std::uint32_t>(reader.field(hour_field).bits);
    auto const days = reader.field(day_field);
    cron.days_ = static_cast<std::uint32_t>(days.bits);
    cron.any_day_ = days.any;
    cron.months_ = static_cast<std::uint32_t>(reader.field(month_field).bits);
    auto const weekdays = reader.field(weekday_field);
    cron.weekdays_ = static_cast<std::uint32_t>((weekdays.bits | weekdays.bits >> 7) & 0x7f);  // 7 is Sunday, too
    cron.any_weekday_ = weekdays.any;
    reader.end();
    if (cron.any_weekday_ && !comes(cron.days_, cron.months_)) {
      return TextError{days.position, "this day is in none of these months"};
    }
    return cron;
  } catch (TextError& error) {
    return std::move(error);
  }
}

}  // namespace runcast
