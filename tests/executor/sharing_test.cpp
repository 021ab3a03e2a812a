#include <catch2/catch.hpp>

#include "executor/admission.hpp"
#include "executor/slots.hpp"

using namespace runcast;

namespace {

RunId run(char last) { return RunId::parse(std::string("01KAH00000000000000000000") + last).value(); }

Concurrency group(int limit, Concurrency::OnConflict on_conflict = Concurrency::OnConflict::queue) {
  return {.group = "g", .limit = limit, .on_conflict = on_conflict};
}

using Runs = std::vector<RunId>;
using Verdict = Admission::Verdict;

}  // namespace

TEST_CASE("whoever stands in line for a slot gets one a turn") {
  Slots slots(1);
  int woken = 0;
  Slots::User greedy{.wake = [] {}};
  Slots::User modest{.wake = [&] { ++woken; }};
  REQUIRE(slots.available(greedy));
  slots.take(greedy);
  CHECK_FALSE(slots.available(greedy));
  slots.stand_in_line(modest);
  slots.stand_in_line(greedy);
  slots.give_back();
  CHECK(woken == 1);
  CHECK(slots.available(modest));
  CHECK_FALSE(slots.available(greedy));
  slots.take(modest);
  slots.give_back();
  CHECK(slots.available(greedy));
}

TEST_CASE("a granted slot that is not wanted any more goes to the next in line") {
  Slots slots(1);
  Slots::User first{.wake = [] {}};
  Slots::User second{.wake = [] {}};
  slots.stand_in_line(first);
  slots.stand_in_line(second);
  CHECK(slots.available(first));
  slots.leave(first);
  CHECK(slots.available(second));
  slots.leave(second);
  CHECK(slots.available(first));
}

TEST_CASE("runs beyond the bound start in the order in which they came") {
  Admission admission(2);
  CHECK(admission.enter(run('1'), {}, true).verdict == Verdict::start);
  CHECK(admission.enter(run('2'), {}, true).verdict == Verdict::start);
  CHECK(admission.enter(run('3'), {}, true).verdict == Verdict::wait);
  CHECK(admission.enter(run('4'), {}, true).verdict == Verdict::wait);
  CHECK(admission.waits(run('3')));
  CHECK(admission.leave(run('2')) == Runs{run('3')});
  CHECK(admission.leave(run('4')).empty());
  CHECK(admission.leave(run('1')).empty());
  CHECK(admission.enter(run('5'), {}, true).verdict == Verdict::start);
}

TEST_CASE("a child run takes no place of its own") {
  Admission admission(1);
  CHECK(admission.enter(run('1'), {}, true).verdict == Verdict::start);
  CHECK(admission.enter(run('2'), {}, false).verdict == Verdict::start);
  CHECK(admission.enter(run('3'), {}, true).verdict == Verdict::wait);
  CHECK(admission.leave(run('2')).empty());
  CHECK(admission.leave(run('1')) == Runs{run('3')});
}

TEST_CASE("a full group holds up its own runs alone") {
  Admission admission(10);
  CHECK(admission.enter(run('1'), group(1), true).verdict == Verdict::start);
  CHECK(admission.enter(run('2'), group(1), true).verdict == Verdict::wait);
  CHECK(admission.enter(run('3'), {}, true).verdict == Verdict::start);
  CHECK(admission.enter(run('4'), group(1), true).verdict == Verdict::wait);
  CHECK(admission.leave(run('1')) == Runs{run('2')});
  CHECK(admission.leave(run('2')) == Runs{run('4')});
}

TEST_CASE("a full group refuses, or names whom to cancel") {
  Admission admission(10);
  admission.enter(run('1'), group(1), true);
  admission.enter(run('2'), group(1), true);
  CHECK(admission.enter(run('3'), group(1, Concurrency::OnConflict::refuse), true).verdict == Verdict::refuse);
  auto const answer = admission.enter(run('4'), group(1, Concurrency::OnConflict::cancel_running), true);
  CHECK(answer.verdict == Verdict::wait);
  CHECK(answer.cancel == Runs{run('1'), run('2')});
  CHECK(admission.leave(run('2')).empty());
  CHECK(admission.leave(run('1')) == Runs{run('4')});
  CHECK(admission.leave(run('3')).empty());
}
