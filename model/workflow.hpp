#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/clock.hpp"
#include "model/cron.hpp"
#include "model/expression.hpp"
#include "model/status.hpp"

// What a definition says, once it is known to be right: every name in `needs` and in an expression exists, there is no
// cycle, every bound holds. Only model/definition.hpp makes these. "Template" marks a text that may hold `${{ }}`.
namespace runcast {

struct Variable {
  std::string name;
  std::string value;  // template
};

// What a step does: one of six.
struct RunAction {
  std::variant<std::string, std::vector<std::string>> command;  // a text for the shell, or argv; never a template
  std::string working_directory;                                // empty: the run's own
  std::string shell;                                            // empty: the server's choice
};

struct HttpAction {
  std::string method = "GET";
  std::string url;                                           // template
  std::vector<std::pair<std::string, std::string>> headers;  // values: templates
  std::optional<boost::json::value> body;                    // templates within; a string is sent as it is
  std::vector<int> expect_status;                            // empty: any 2xx
  int max_redirects = 5;
};

struct DelayAction {
  Millis duration{};
};

struct JobAction {
  std::string type;
  boost::json::value payload;  // templates within
  int priority = 0;            // higher goes first
  boost::json::object requirements;
};

struct WorkflowAction {
  std::string name;
  boost::json::object inputs;  // templates within
};

struct ApprovalAction {
  std::string message;
};

// In the order of StepKind.
using Action = std::variant<RunAction, HttpAction, DelayAction, JobAction, WorkflowAction, ApprovalAction>;

// When a step runs, once all that it needs has ended.
struct Condition {
  enum class Kind : std::uint8_t { success, failure, always, expression };
  Kind kind = Kind::success;
  std::optional<Expression> expression;  // of kind expression

  // An expression that says nothing of fates or statuses asks for success besides: nobody who writes
  // `if: inputs.publish` means "even if the tests have failed".
  bool holds(ExpressionContext const& context) const;
};

// How often and when a failed attempt is made again.
struct RetryPolicy {
  int max_attempts = 1;             // the first one included
  Millis delay{};                   // before the second attempt
  double backoff = 1;               // each further delay is this much longer
  std::optional<Millis> max_delay;  // no delay is longer, jitter included
  double jitter = 0;                // 0 to 1: the part of a delay by which chance lengthens or shortens it
};

enum class OnInterrupt : std::uint8_t { retry, fail };

struct MatrixAxis {
  std::string name;
  std::variant<boost::json::array, Expression> values;
};

// The instances of a step: every combination of its axes' values, or what a whole expression comes to.
struct Matrix {
  std::variant<std::vector<MatrixAxis>, Expression> source;
};

struct Step {
  std::string id;
  std::string name;  // the id, where the definition gives none
  std::vector<std::string> needs;
  Action action;
  Condition condition;
  std::vector<Variable> env;
  std::optional<Millis> timeout;  // of one attempt
  RetryPolicy retry;
  bool continue_on_error = false;
  OnInterrupt on_interrupt = OnInterrupt::retry;
  std::optional<Matrix> matrix;

  StepKind kind() const { return static_cast<StepKind>(action.index()); }
};

enum class InputType : std::uint8_t { string, number, integer, boolean, object, array };

struct InputSpec {
  std::string name;
  InputType type = InputType::string;
  bool required = false;
  std::optional<boost::json::value> default_value;  // fits the type and the choices
  std::vector<boost::json::value> choices;          // empty: any value of the type
  std::string description;
};

// How many runs of one group there may be at once, and what becomes of one more.
struct Concurrency {
  enum class OnConflict : std::uint8_t { queue, cancel_running, refuse };
  std::string group;
  int limit = 1;
  OnConflict on_conflict = OnConflict::queue;
};

struct ScheduleTrigger {
  // What becomes of times at which the server was down: no run, one run for all of them, or a run for each.
  enum class Missed : std::uint8_t { skip, once, all };
  Cron cron;
  std::string timezone = "UTC";
  Missed missed = Missed::skip;
  boost::json::object inputs;
  std::string cron_text;  // as it was written
};

struct WebhookTrigger {
  std::string secret;         // the name of the server's secret that the sender signs with (HMAC-SHA256)
  std::string header;         // that carries the signature
  std::string payload_input;  // the input that takes the body; empty: none does
};

struct Triggers {
  std::vector<ScheduleTrigger> schedule;
  std::optional<WebhookTrigger> webhook;
};

enum class ScheduleMode : std::uint8_t {
  eager,   // a step starts as soon as what it needs has ended
  layers,  // and not before every step of the layers above has ended, too
};

struct Workflow {
  std::string name;
  std::string description;
  std::vector<InputSpec> inputs;
  std::vector<Variable> env;
  std::vector<std::string> secrets;
  std::optional<Millis> timeout;  // of a whole run
  int max_parallel = 0;           // steps of one run at once; 0: the server's bound alone
  ScheduleMode schedule = ScheduleMode::eager;
  std::optional<Concurrency> concurrency;
  Triggers on;
  std::vector<Step> steps;  // in the order of the definition
};

}  // namespace runcast
