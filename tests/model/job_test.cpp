#include <catch2/catch.hpp>

#include "model/job.hpp"

using namespace runcast;

TEST_CASE("a job's id leads to its key, whether it is lone or a step's") {
  auto const run = RunId::parse("01JD5Q6R7S8T9VAWBXCYDZEF01").value();
  CHECK(parse_job_id(run.str()).value() == JobKey{run, "job"});
  CHECK(parse_job_id(run.str() + ".render[2]").value() == JobKey{run, "render[2]"});
  CHECK(job_id({run, "job"}, true) == run.str());
  CHECK(job_id({run, "render"}, false) == run.str() + ".render");
}

TEST_CASE("what is no job's id is refused") {
  for (auto const* text : {"", ".", "job-123", "01JD5Q6R7S8T9VAWBXCYDZEF01.", ".job"}) {
    INFO(text);
    CHECK(parse_job_id(text).error().code == Errc::invalid);
  }
  CHECK(parse_job_id("01JD5Q6R7S8T9VAWBXCYDZEF01." + std::string(200, 'x')).has_error());
}
