#include "bench/load/report.hpp"

#include <boost/json.hpp>

namespace runcast::bench {
namespace {

namespace json = boost::json;

double ratio(double dividend, double divisor) { return divisor == 0 ? 0 : dividend / divisor; }

double microseconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1000; }

json::object latency(Histogram const& histogram) {
  return {{"p50", microseconds(histogram.percentile(0.5))},
          {"p99", microseconds(histogram.percentile(0.99))},
          {"p999", microseconds(histogram.percentile(0.999))},
          {"max", microseconds(histogram.max())}};
}

json::object memory(LoadResult const& result) {
  auto const per_connection = [&](std::uint64_t before, std::uint64_t after) {
    return ratio(static_cast<double>(after) - static_cast<double>(before), result.connected - result.connected_before);
  };
  return {{"pss_before", result.before.pss_bytes},
          {"pss_after", result.after.pss_bytes},
          {"rss_after", result.after.rss_bytes},
          {"pss_per_connection", per_connection(result.before.pss_bytes, result.after.pss_bytes)},
          {"rss_per_connection", per_connection(result.before.rss_bytes, result.after.rss_bytes)}};
}

json::object closes(LoadResult const& result) {
  json::object object;
  for (auto const& [code, count] : result.closes) object[std::to_string(code)] = count;
  return object;
}

}  // namespace

std::string report(LoadOptions const& options, LoadResult const& result) {
  auto const deliveries = static_cast<double>(result.deliveries);
  auto const handshakes = static_cast<double>(result.handshakes);
  json::object object{
      {"subscribers", options.subscribers},
      {"runs", options.runs},
      {"connected", result.connected},
      {"window_seconds", result.window_seconds},
      {"deliveries", result.deliveries},
      {"deliveries_per_second", ratio(deliveries, result.window_seconds)},
      {"payload_bytes", ratio(static_cast<double>(result.total_bytes), static_cast<double>(result.total_deliveries))},
      {"server_cpu_share", ratio(static_cast<double>(result.server_cpu_ns) / 1e9, result.window_seconds)},
      {"load_cpu_share", ratio(static_cast<double>(result.load_cpu_ns) / 1e9, result.window_seconds)},
      {"cpu_us_per_delivery", ratio(microseconds(result.server_cpu_ns), deliveries)},
      {"latency_us", latency(result.latency)},
      {"total_deliveries", result.total_deliveries},
      {"missing", result.missing},
      {"repeated", result.repeated},
      {"incomplete", result.incomplete},
      {"closes", closes(result)}};
  if (options.task == LoadOptions::Task::idle) object["memory"] = memory(result);
  if (options.task == LoadOptions::Task::handshake) {
    object["handshakes_per_second"] = ratio(handshakes, result.window_seconds);
    object["cpu_us_per_handshake"] = ratio(microseconds(result.server_cpu_ns), handshakes);
  }
  return json::serialize(object);
}

}  // namespace runcast::bench
