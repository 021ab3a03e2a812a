#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "model/definition_draft.hpp"
#include "model/job.hpp"
#include "model/names.hpp"

namespace runcast {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 6> kinds{"run", "http", "delay", "job", "workflow", "approval"};

constexpr Words<std::string_view, 7> methods{{{"GET", "GET"},
                                              {"POST", "POST"},
                                              {"PUT", "PUT"},
                                              {"PATCH", "PATCH"},
                                              {"DELETE", "DELETE"},
                                              {"HEAD", "HEAD"},
                                              {"OPTIONS", "OPTIONS"}}};

std::optional<std::vector<std::string>> read_argv(JsonNode const& node, json::array const& items) {
  std::vector<std::string> argv;
  if (items.empty()) node.fault("a command needs at least its program");
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto const argument = node.element(items[i], i);
    // An empty argument is as good as any other; an empty program is none.
    bool const may_be_empty = i > 0 && items[i].is_string();
    if (may_be_empty && items[i].get_string().empty()) {
      argv.emplace_back();
    } else if (auto const text = argument.text()) {
      argv.emplace_back(*text);
    }
  }
  return argv.size() == items.size() && !argv.empty() ? std::optional(std::move(argv)) : std::nullopt;
}

std::optional<Action> read_run(JsonNode const& node) {
  RunAction action;
  if (node.value().is_string()) {
    auto const script = node.text();
    if (!script) return std::nullopt;
    action.command = std::string(*script);
    return action;
  }
  auto const* items = node.value().if_array();
  if (items == nullptr) {
    node.expected("a string for the shell or an array of arguments");
    return std::nullopt;
  }
  auto argv = read_argv(node, *items);
  if (!argv) return std::nullopt;
  action.command = std::move(*argv);
  return action;
}

bool is_http_url(std::string_view text) {
  auto const url = boost::urls::parse_uri(text);
  return url && (url->scheme() == "http" || url->scheme() == "https") && !url->encoded_host().empty();
}

void read_url(JsonNode const& node, HttpAction& action, ExpressionScope scope, DefinitionDraft& draft) {
  auto const text = node.text();
  if (!text) return;
  action.url = *text;
  read_template(node, *text, scope, draft);
  auto const parsed = Template::parse(*text);
  if (parsed && parsed->is_literal() && !is_http_url(*text)) node.fault("expected a URL such as \"https://host/path\"");
}

void read_headers(JsonNode const& node, HttpAction& action, ExpressionScope scope, DefinitionDraft& draft) {
  auto const* object = node.object();
  if (object == nullptr) return;
  constexpr std::string_view token_extras = "!#$%&'*+-.^_`|~";  // RFC 9110 5.6.2
  auto const in_token = [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || token_extras.find(c) != std::string_view::npos;
  };
  for (auto const& member : *object) {
    std::string_view const name = member.key();
    auto const header = node.member(member.value(), name);
    if (name.empty() || !std::all_of(name.begin(), name.end(), in_token)) header.fault("is not the name of a header");
    auto const value = header.string();
    if (!value) continue;
    if (value->find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
      header.fault("must not contain a line break or a NUL character");
    }
    read_template(header, *value, scope, draft);
    action.headers.emplace_back(name, *value);
  }
}

void read_expected_status(JsonNode const& node, HttpAction& action) {
  auto const* items = node.array();
  if (items == nullptr) return;
  if (items->empty()) node.fault("needs at least one status");
  for (std::size_t i = 0; i < items->size(); ++i) {
    auto const status = node.element((*items)[i], i).integer(100, 599);
    if (status) action.expect_status.push_back(static_cast<int>(*status));
  }
}

std::optional<Action> read_http(JsonNode const& node, ExpressionScope scope, DefinitionDraft& draft) {
  auto const* object = node.object();
  if (object == nullptr) return std::nullopt;
  scope.secrets = true;
  HttpAction action;
  JsonMembers members(*object, node.place(), node.log());
  if (auto const method = members.get("method")) action.method = method->one_of(methods).value_or("GET");
  if (auto const url = members.require("url")) read_url(*url, action, scope, draft);
  if (auto const headers = members.get("headers")) read_headers(*headers, action, scope, draft);
  if (auto const body = members.get("body")) {
    read_templates(*body, scope, draft);
    action.body = body->value();
  }
  if (auto const status = members.get("expectStatus")) read_expected_status(*status, action);
  if (auto const redirects = members.get("maxRedirects")) {
    action.max_redirects = static_cast<int>(redirects->integer(0, 20).value_or(0));
  }
  members.refuse_others();
  return action;
}

std::optional<Action> read_delay(JsonNode const& node) {
  auto const duration = node.duration();
  return duration ? std::optional<Action>(DelayAction{*duration}) : std::nullopt;
}

std::optional<Action> read_job(JsonNode const& node, ExpressionScope scope, DefinitionDraft& draft) {
  auto const* object = node.object();
  if (object == nullptr) return std::nullopt;
  JobAction action;
  JsonMembers members(*object, node.place(), node.log());
  if (auto const type = members.require("type")) action.type = type->text().value_or("");
  if (auto const payload = members.get("payload")) {
    read_templates(*payload, scope, draft);
    action.payload = payload->value();
  }
  if (auto const priority = members.get("priority")) {
    using Bounds = std::numeric_limits<int>;
    action.priority = static_cast<int>(priority->integer(Bounds::min(), Bounds::max()).value_or(0));
  }
  if (auto const requirements = members.get("requirements")) {
    if (auto const* wanted = requirements->small_object(max_conditions)) action.requirements = *wanted;
  }
  members.refuse_others();
  return action;
}

std::optional<Action> read_child(JsonNode const& node, ExpressionScope scope, DefinitionDraft& draft) {
  auto const* object = node.object();
  if (object == nullptr) return std::nullopt;
  WorkflowAction action;
  JsonMembers members(*object, node.place(), node.log());
  if (auto const name = members.require("name")) {
    auto const text = name->string();
    if (text && !is_workflow_name(*text)) name->fault("is not the name of a workflow");
    action.name = text.value_or("");
  }
  if (auto const inputs = members.get("inputs")) {
    if (auto const* given = inputs->object()) action.inputs = *given;
    read_templates(*inputs, scope, draft);
  }
  members.refuse_others();
  return action;
}

std::optional<Action> read_approval(JsonNode const& node) {
  auto const* object = node.object();
  if (object == nullptr) return std::nullopt;
  ApprovalAction action;
  JsonMembers members(*object, node.place(), node.log());
  if (auto const message = members.get("message")) action.message = message->string().value_or("");
  members.refuse_others();
  return action;
}

std::optional<Action> read_kind(std::string_view kind, JsonNode const& node, ExpressionScope scope,
                                DefinitionDraft& draft) {
  if (kind == "run") return read_run(node);
  if (kind == "http") return read_http(node, scope, draft);
  if (kind == "delay") return read_delay(node);
  if (kind == "job") return read_job(node, scope, draft);
  if (kind == "workflow") return read_child(node, scope, draft);
  return read_approval(node);
}

// Where and with what a command runs; on any other kind these say nothing, and so must not be there.
void read_surroundings(JsonMembers& step, std::optional<Action>& action, bool is_run) {
  auto* run = action ? std::get_if<RunAction>(&*action) : nullptr;
  for (std::string_view const key : {"workingDirectory", "shell"}) {
    auto const node = step.get(key);
    if (!node) continue;
    if (!is_run) {
      node->fault(fmt::format("'{}' is for steps that run a command", key));
      continue;
    }
    auto const text = node->text();
    if (run != nullptr && text) (key == "shell" ? run->shell : run->working_directory) = *text;
  }
}

}  // namespace

std::optional<Action> read_action(JsonMembers& step, ExpressionScope scope, DefinitionDraft& draft) {
  std::optional<Action> action;
  std::vector<std::string_view> found;
  for (auto const kind : kinds) {
    auto const node = step.get(kind);
    if (!node) continue;
    found.push_back(kind);
    action = read_kind(kind, *node, scope, draft);
  }
  if (found.empty()) {
    step.log().add(step.place().pointer(), fmt::format("a step needs one of {}", fmt::join(kinds, ", ")));
  } else if (found.size() > 1) {
    step.log().add(step.place().pointer(),
                   fmt::format("a step does one thing, this one has {}", fmt::join(found, " and ")));
  }
  bool const is_run = found.empty() || found.front() == "run";
  read_surroundings(step, action, is_run);
  return action;
}

}  // namespace runcast
