#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runcast {

// Metrics as Prometheus reads them (text format 0.0.4).
class MetricText {
 public:
  using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

  // Begins a family; its samples follow. `type`: counter or gauge.
  void family(std::string_view name, std::string_view type, std::string_view help);
  void sample(double value, Labels const& labels = {});

  // A family of one sample.
  void gauge(std::string_view name, std::string_view help, double value);
  void counter(std::string_view name, std::string_view help, double value);

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string name_;
};

}  // namespace runcast
