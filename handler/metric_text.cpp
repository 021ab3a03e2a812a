#include "handler/metric_text.hpp"

#include <fmt/format.h>

namespace runcast {
namespace {

std::string escaped(std::string_view value) {
  std::string text;
  for (char const c : value) {
    if (c == '\\' || c == '"') text += '\\';
    c == '\n' ? text += "\\n" : text += c;
  }
  return text;
}

}  // namespace

void MetricText::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
}

void MetricText::sample(double value, Labels const& labels) {
  text_ += name_;
  for (char separator = '{'; auto const& [name, of] : labels) {
    text_ += fmt::format("{}{}=\"{}\"", std::exchange(separator, ','), name, escaped(of));
  }
  text_ += fmt::format("{} {}\n", labels.empty() ? "" : "}", value);
}

void MetricText::gauge(std::string_view name, std::string_view help, double value) {
  family(name, "gauge", help);
  sample(value);
}

void MetricText::counter(std::string_view name, std::string_view help, double value) {
  family(name, "counter", help);
  sample(value);
}

}  // namespace runcast
