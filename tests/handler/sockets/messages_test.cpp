#include <catch2/catch.hpp>

#include <boost/json/parse.hpp>

#include "handler/sockets/client_message.hpp"
#include "handler/sockets/event_query.hpp"
#include "handler/sockets/monitor_message.hpp"

using namespace runcast;

namespace {

template <class Parse>
auto parsed(std::string_view text, Parse parse) {
  auto const message = parse_socket_message(text);
  REQUIRE(message.has_value());
  return parse(*message);
}

auto monitor(std::string_view text) { return parsed(text, parse_monitor_request); }
auto client(std::string_view text) { return parsed(text, parse_client_request); }
std::string faults_of(auto const& result) {
  REQUIRE_FALSE(result.has_value());
  std::string text;
  for (auto const& fault : result.error()) text += fault.pointer + ' ' + fault.message + '\n';
  return text;
}

Request with_query(std::multimap<std::string, std::string> query) {
  Request request;
  request.query = std::move(query);
  return request;
}

}  // namespace

TEST_CASE("a message is an object with a type; its request id is kept as it was") {
  CHECK_FALSE(parse_socket_message("").has_value());
  CHECK_FALSE(parse_socket_message("[1]").has_value());
  CHECK_FALSE(parse_socket_message(R"({"type":"a","type":"b"})").has_value());
  auto const message = parse_socket_message(R"({"type":"x","request_id":7})");
  REQUIRE(message.has_value());
  CHECK(message->type == "x");
  CHECK(message->request_id == 7);
  CHECK(parse_socket_message(R"({"type":3,"request_id":{}})")->request_id.is_null());
  CHECK(faults_of(monitor("{}")).find("/type is missing, or no string; one of monitor_connect, subscribe") == 0);
  CHECK(faults_of(monitor(R"({"type":"subscrib"})")).find("did you mean 'subscribe'") != std::string::npos);
}

TEST_CASE("an error says what is wrong, and which request it answers") {
  auto const text = error_message("no", Faults{{"/a", "is missing"}, {"", "expected an object"}}, "r1");
  auto const error = boost::json::parse(text).as_object();
  CHECK(error.at("type") == "error");
  CHECK(error.at("message") == "no: /a is missing; expected an object");
  CHECK(error.at("request_id") == "r1");
  CHECK(error.at("errors").as_array().size() == 2);
  auto const other = boost::json::parse(error_message("no", fail(Errc::not_found, "gone"), {})).as_object();
  CHECK(other.at("code") == "not_found");
  CHECK_FALSE(other.contains("request_id"));
}

TEST_CASE("a monitor subscribes in either of the seed's ways") {
  auto const first = monitor(
      R"({"type":"subscribe","monitor_id":"m","topics":["workers","jobs:progress"],"timestamp":1,
          "filters":{"job_types":["a"],"worker_ids":["w"],"priority_range":[1,10]}})");
  REQUIRE(first.has_value());
  auto const& filter = std::get<MonitorSubscribe>(*first).filter;
  CHECK(filter.topics.has(Topic::workers));
  CHECK(filter.topics.has(Topic::job_progress));
  CHECK_FALSE(filter.topics.has(Topic::jobs));
  CHECK(filter.job_types == std::vector<std::string>{"a"});
  CHECK(filter.worker_ids == std::vector<std::string>{"w"});
  CHECK(filter.priority_range == std::pair(1.0, 10.0));
  auto const second = monitor(R"({"type":"monitor_subscribe","subscriptions":["system_stats"],"filters":null})");
  REQUIRE(second.has_value());
  CHECK(std::get<MonitorSubscribe>(*second).filter.topics.has(Topic::system_stats));
}

TEST_CASE("what is wrong with a monitor's message is told with its place") {
  CHECK(faults_of(monitor(R"({"type":"subscribe"})")) == "/topics is missing\n");
  CHECK(faults_of(monitor(R"({"type":"subscribe","topics":["job"]})")).find("/topics/0 expected one of workers") == 0);
  CHECK(faults_of(monitor(R"({"type":"subscribe","topics":[],"filters":{"jobtypes":[]}})")).find("/filters/jobtypes") ==
        0);
  CHECK(faults_of(monitor(R"({"type":"subscribe","topics":[],"filters":{"priority_range":[1]}})"))
            .find("/filters/priority_range") == 0);
  CHECK(faults_of(monitor(R"({"type":"subscribe","topics":[],"filters":{"priority_range":[5,1]}})"))
            .find("/filters/priority_range expected the lowest") == 0);
  CHECK(faults_of(monitor(R"({"type":"resync_request"})")).find("/last_event_id is missing") == 0);
  CHECK(faults_of(monitor(R"({"type":"resync_request","last_event_id":-1})")).find("/last_event_id") == 0);
}

TEST_CASE("a filter that is null filters nothing") {
  auto const subscribe = monitor(R"({"type":"subscribe","topics":["jobs"],
      "filters":{"job_types":null,"worker_ids":null,"priority_range":null}})");
  REQUIRE(subscribe.has_value());
  auto const& filter = std::get<MonitorSubscribe>(*subscribe).filter;
  CHECK(filter.job_types.empty());
  CHECK_FALSE(filter.priority_range);
}

TEST_CASE("a monitor looks back by id or by time") {
  auto const by_id = monitor(R"({"type":"resync_request","last_event_id":12,"topics":["jobs"]})");
  REQUIRE(by_id.has_value());
  CHECK(std::get<ResyncRequest>(*by_id).last_event_id == 12);
  CHECK(std::get<ResyncRequest>(*by_id).topics->has(Topic::jobs));
  auto const by_time = monitor(R"({"type":"resync_request","last_event_timestamp":1763682352123.5})");
  REQUIRE(by_time.has_value());
  CHECK(to_epoch_ms(*std::get<ResyncRequest>(*by_time).last_event_timestamp) == 1763682352123);
  auto const beat = monitor(R"({"type":"heartbeat","monitor_id":"m","timestamp":5})");
  REQUIRE(beat.has_value());
  CHECK_FALSE(std::get<MonitorHeartbeat>(*beat).last_event_id);
  auto const connect = monitor(R"({"type":"monitor_connect","request_full_state":true})");
  REQUIRE(connect.has_value());
  CHECK(std::get<MonitorConnect>(*connect).full_state);
}

TEST_CASE("a client's messages") {
  auto const submit =
      client(R"({"type":"submit_job","job_type":"render","payload":{"a":1},"priority":5,"requirements":{"gpu":true}})");
  REQUIRE(submit.has_value());
  auto const& job = std::get<SubmitJob>(*submit);
  CHECK(job.body ==
        boost::json::parse(R"({"type":"render","payload":{"a":1},"priority":5,"requirements":{"gpu":true}})"));
  auto const follow = client(R"({"type":"subscribe_to_events","job_ids":["a","b"]})");
  REQUIRE(follow.has_value());
  CHECK(std::get<FollowJobs>(*follow).jobs.size() == 2);
  auto const leave = client(R"({"type":"unsubscribe"})");
  REQUIRE(leave.has_value());
  CHECK_FALSE(std::get<LeaveJobs>(*leave).jobs);
  CHECK(faults_of(client(R"({"type":"submit_job","priority":"high"})")) == "/job_type is missing\n");
  CHECK(faults_of(client(R"({"type":"get_job_status"})")) == "/job_id is missing\n");
  CHECK(faults_of(client(R"({"type":"subscribe_to_events","job_ids":"a"})")).find("/job_ids expected an array") == 0);
}

TEST_CASE("what the URL of an event stream says") {
  auto const filter = monitor_filter_of(with_query({{"topics", "jobs,workers"}, {"priority_range", "1,5"}}));
  REQUIRE(filter.has_value());
  CHECK(filter->topics.has(Topic::jobs));
  CHECK_FALSE(filter->topics.has(Topic::runs));
  CHECK(filter->priority_range == std::pair(1.0, 5.0));
  CHECK(monitor_filter_of(with_query({}))->topics == Topics::all());
  CHECK(faults_of(monitor_filter_of(with_query({{"topics", "jobs,nope"}}))).find("/topics/1") == 0);
  for (auto const* wrong : {"1", "5,1", "nan,nan", "1,5,"}) {
    CHECK_FALSE(monitor_filter_of(with_query({{"priority_range", wrong}})).has_value());
  }
  CHECK(jobs_of(with_query({{"jobs", "a,b"}}))->size() == 2);
  CHECK_FALSE(jobs_of(with_query({})).has_value());
  auto request = with_query({{"after", "5"}});
  CHECK((*position_of(request))->id == 5);
  request.headers = {{"Last-Event-ID", "9.1"}};
  auto const position = position_of(request);
  REQUIRE(position.has_value());
  CHECK((*position)->id == 8);
  CHECK((*position)->next == 9);
  CHECK((*position)->parts == 2);
  request.headers = {{"Last-Event-ID", "x"}};
  CHECK_FALSE(position_of(request).has_value());
}
