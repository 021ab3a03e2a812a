#include "tests/hub/websocket/conformance.hpp"

#include <algorithm>
#include <numeric>
#include <random>

#include <catch2/catch.hpp>

namespace runcast {
namespace {

constexpr int random_rounds = 8;

std::vector<std::size_t> every_byte(std::size_t size) {
  std::vector<std::size_t> cuts(size);
  std::iota(cuts.begin(), cuts.end(), std::size_t{0});
  return cuts;
}

std::vector<std::size_t> random_cuts(std::size_t size, std::mt19937& random) {
  std::vector<std::size_t> cuts(std::uniform_int_distribution<std::size_t>(1, 6)(random));
  for (std::size_t& cut : cuts) cut = std::uniform_int_distribution<std::size_t>(0, size)(random);
  std::ranges::sort(cuts);
  return cuts;
}

}  // namespace

std::string describe(WebsocketEvent const& event) {
  auto const with_data = [&](std::string const& name) { return event.data.empty() ? name : name + " " + event.data; };
  switch (event.kind) {
    case WebsocketEvent::Kind::none:
      return "none";
    case WebsocketEvent::Kind::text:
      return with_data("text");
    case WebsocketEvent::Kind::binary:
      return with_data("binary");
    case WebsocketEvent::Kind::ping:
      return with_data("ping");
    case WebsocketEvent::Kind::pong:
      return with_data("pong");
    case WebsocketEvent::Kind::close:
      return with_data("close " + std::to_string(event.code));
    case WebsocketEvent::Kind::error:
      return "error " + std::to_string(event.code);
  }
  return "unknown";
}

std::vector<std::string> read_all(std::string_view sent, std::vector<std::size_t> const& cuts, WebsocketLimits limits) {
  WebsocketReader reader(limits);
  std::vector<std::string> events;
  std::size_t begin = 0;
  auto const feed = [&](std::size_t end) {
    std::string_view piece = sent.substr(begin, end - begin);
    begin = end;
    while (true) {
      WebsocketEvent const event = reader.read(piece);
      if (event.kind == WebsocketEvent::Kind::none) break;
      events.push_back(describe(event));
    }
    REQUIRE(piece.empty());
  };
  for (std::size_t cut : cuts) feed(cut);
  feed(sent.size());
  return events;
}

void check_conformance(ConformanceCases const& cases, WebsocketLimits limits) {
  std::mt19937 random(6455);
  for (auto const& [name, sent, expected] : cases) {
    INFO(name);
    CHECK(read_all(sent, {}, limits) == expected);
    CHECK(read_all(sent, every_byte(sent.size()), limits) == expected);
    for (int round = 0; round < random_rounds; ++round) {
      CHECK(read_all(sent, random_cuts(sent.size(), random), limits) == expected);
    }
  }
}

}  // namespace runcast
