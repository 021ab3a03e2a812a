#include <catch2/catch.hpp>

#include "queue/registry.hpp"

using namespace runcast;
using namespace std::chrono_literals;

namespace {

// A registry, its clock, and what it says in words.
struct Office {
  QueueOptions options{.offline = 60s, .forget = 1h, .max_workers = 3};
  Registry registry{options};
  Registry::Now now{from_epoch_ms(1'000'000), SteadyTime{}};
  RegistryChanges changes;

  void pass(Millis time) {
    now.time += time;
    now.steady += time;
  }
  std::vector<std::string> said() {
    std::vector<std::string> words;
    for (auto const& event : std::exchange(changes, {}).events) {
      std::visit(
          [&](auto const& e) {
            using Event = std::decay_t<decltype(e)>;
            if constexpr (std::is_same_v<Event, events::WorkerConnected>) words.push_back("+" + e.worker_id);
            if constexpr (std::is_same_v<Event, events::WorkerDisconnected>) words.push_back("-" + e.worker_id);
            if constexpr (std::is_same_v<Event, events::MachineRegistered>) words.push_back("+" + e.machine_id);
            if constexpr (std::is_same_v<Event, events::MachineDisconnected>) words.push_back("-" + e.machine_id);
            if constexpr (std::is_same_v<Event, events::MachineStatusChanged>) words.push_back("~" + e.machine_id);
            if constexpr (std::is_same_v<Event, events::WorkerStatusChanged>) {
              words.push_back(e.worker_id + " " + std::string(to_string(e.new_status)));
            }
          },
          event);
    }
    return words;
  }
  std::vector<std::string> enter(std::string worker, std::string machine = "m") {
    WorkerIntro intro;
    intro.id = std::move(worker);
    intro.machine_id = std::move(machine);
    bool const entered = registry.enter(std::move(intro), now, changes).has_value();
    REQUIRE(entered);
    return said();
  }
  std::vector<std::string> elapse() {
    registry.elapse(now, changes);
    return said();
  }
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a worker comes with its machine, and coming again changes nothing") {
  Office office;
  CHECK(office.enter("w1") == Words{"+m", "+w1"});
  CHECK(office.enter("w2") == Words{"+w2"});
  CHECK(office.enter("w1").empty());
  CHECK(office.registry.machines().at(0).workers == Words{"w1", "w2"});
}

TEST_CASE("a silent worker goes offline, and a machine with the last of its workers") {
  Office office;
  office.enter("w1");
  office.pass(30s);
  office.enter("w2");
  office.pass(30s);
  CHECK(office.elapse() == Words{"-w1"});
  CHECK(office.registry.machines().at(0).status == MachineStatus::online);
  office.pass(30s);
  CHECK(office.elapse() == Words{"-w2", "-m"});
  CHECK(office.registry.find("w1")->status == WorkerStatus::offline);
}

TEST_CASE("a worker that is heard stays, and one that was offline is back with its first word") {
  Office office;
  office.enter("w1");
  for (int i = 0; i < 5; ++i) {
    office.pass(50s);
    CHECK(office.registry.hear("w1", office.now, office.changes));
    CHECK(office.elapse().empty());
  }
  office.pass(60s);
  CHECK(office.elapse() == Words{"-w1", "-m"});
  CHECK(office.registry.hear("w1", office.now, office.changes));
  CHECK(office.said() == Words{"~m", "+w1"});
  CHECK_FALSE(office.registry.hear("stranger", office.now, office.changes));
}

TEST_CASE("a worker that waits for jobs is not silent") {
  Office office;
  office.enter("w1");
  office.registry.begin_wait("w1");
  office.pass(5min);
  CHECK(office.elapse().empty());
  office.registry.end_wait("w1", office.now);
  office.pass(61s);
  CHECK(office.elapse() == Words{"-w1", "-m"});
}

TEST_CASE("a worker is busy while it has a job; what is undone before it is written is not told") {
  Office office;
  office.enter("w1");
  office.registry.give("w1", "a", office.changes);
  office.registry.give("w1", "b", office.changes);
  CHECK(office.said() == Words{"w1 busy"});
  office.registry.take("w1", "a", office.changes);
  CHECK(office.said().empty());
  office.registry.take("w1", "b", office.changes);
  office.registry.give("w1", "c", office.changes);
  CHECK(office.said().empty());
  CHECK(office.registry.find("w1")->status == WorkerStatus::busy);
  office.registry.take("w1", "c", office.changes);
  CHECK(office.said() == Words{"w1 idle"});
}

TEST_CASE("an offline worker is forgotten in the end") {
  Office office;
  office.enter("w1");
  office.registry.leave("w1", "good-bye", office.now, office.changes);
  office.said();
  office.pass(1h);
  office.registry.elapse(office.now, office.changes);
  CHECK(office.changes.forgotten == Words{"w1"});
}

TEST_CASE("where there are as many workers as there may be, the one that has been gone longest makes room") {
  Office office;
  for (auto const* worker : {"w1", "w2", "w3"}) office.enter(worker);
  WorkerIntro more;
  more.id = "w4";
  CHECK(office.registry.enter(more, office.now, office.changes).error().code == Errc::busy);
  office.registry.leave("w2", "good-bye", office.now, office.changes);
  office.pass(1s);
  office.registry.hear("w1", office.now, office.changes);
  office.registry.leave("w1", "good-bye", office.now, office.changes);
  office.said();
  CHECK(office.registry.enter(more, office.now, office.changes).has_value());
  CHECK(office.changes.forgotten == Words{"w2"});
  CHECK(office.registry.find("w2") == nullptr);
}

TEST_CASE("a restart knows the workers, and hears of them anew") {
  Office before;
  before.enter("w1");
  before.enter("w2");
  before.registry.leave("w2", "good-bye", before.now, before.changes);
  Office after;
  after.registry.restore(before.registry.workers(), before.registry.machines(), after.now);
  CHECK(after.registry.find("w1")->status == WorkerStatus::idle);
  CHECK(after.registry.find("w2")->status == WorkerStatus::offline);
  after.pass(60s);
  CHECK(after.elapse() == Words{"-w1", "-m"});
}

TEST_CASE("a worker that moves leaves its old machine") {
  Office office;
  office.enter("w1", "m1");
  CHECK(office.enter("w1", "m2") == Words{"-w1", "-m1", "+m2", "+w1"});
}
