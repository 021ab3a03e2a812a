#include "executor/spawn/wire.hpp"

#include <catch2/catch.hpp>

#include "executor/spawn/packet_socket.hpp"

namespace runcast {
namespace {

wire::Spawn large_spawn() {
  wire::Spawn spawn;
  spawn.serial = 7;
  spawn.attempt_id = "run.step.1";
  spawn.argv = {"tool", "", std::string("with\0nul", 8)};
  for (int i = 0; i < 30; ++i) spawn.env.push_back("V" + std::to_string(i) + "=" + std::string(100'000, 'v'));
  spawn.working_directory = "/tmp";
  spawn.stdin_content = std::string("in\0put", 6);
  return spawn;
}

TEST_CASE("a message is what it was after it crossed the wire") {
  auto const sent = large_spawn();
  auto const message = wire::decode(wire::encode(sent));
  REQUIRE(message.has_value());
  auto const& received = std::get<wire::Spawn>(*message);
  CHECK(received.serial == sent.serial);
  CHECK(received.attempt_id == sent.attempt_id);
  CHECK(received.argv == sent.argv);
  CHECK(received.env == sent.env);
  CHECK(received.working_directory == sent.working_directory);
  CHECK(received.stdin_content == sent.stdin_content);

  for (std::optional<std::int32_t> const status : {std::optional<std::int32_t>(), std::optional(256)}) {
    auto const started = wire::decode(wire::encode(wire::Spawned{5, 4711, status}));
    REQUIRE(started.has_value());
    CHECK(std::get<wire::Spawned>(*started).pid == 4711);
    CHECK(std::get<wire::Spawned>(*started).wait_status == status);
  }

  auto const failed = wire::decode(wire::encode(wire::SpawnFailed{3, fail(Errc::not_found, "no such command: x")}));
  REQUIRE(failed.has_value());
  CHECK(std::get<wire::SpawnFailed>(*failed).error == fail(Errc::not_found, "no such command: x"));
}

TEST_CASE("a message that was cut short, or has something behind it, is refused") {
  auto const bytes = wire::encode(wire::Terminate{1, Millis{250}});
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(wire::decode(bytes.substr(0, size)).has_error());
  CHECK(wire::decode(bytes + "x").has_error());
  CHECK(wire::decode("\xFF").has_error());
}

TEST_CASE("packets of any size cross the socket whole, with their descriptors") {
  PacketSocket near;
  PacketSocket far;
  REQUIRE(!PacketSocket::pair(near, far));
  for (auto const size : {0, 1, 32 * 1024, 32 * 1024 + 1, 3'000'000}) {
    std::string const body(static_cast<std::size_t>(size), 'b');
    int const fds[] = {0, 1};
    REQUIRE(!near.send(body, fds));
    Packet packet;
    REQUIRE(!far.receive(packet));
    CHECK(packet.body == body);
    CHECK(packet.fds.size() == 2);
  }
  near = {};
  Packet packet;
  CHECK(far.receive(packet).value() == ECONNRESET);
  CHECK(far.send("x").value() == EPIPE);
}

}  // namespace
}  // namespace runcast
