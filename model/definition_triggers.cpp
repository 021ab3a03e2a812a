#include <algorithm>

#include <fmt/format.h>

#include "model/definition_draft.hpp"
#include "model/inputs.hpp"
#include "model/names.hpp"

namespace runcast {

namespace json = boost::json;

namespace {

constexpr std::size_t max_schedules = 100;

constexpr Words<ScheduleTrigger::Missed, 3> missed_words{{{"skip", ScheduleTrigger::Missed::skip},
                                                          {"once", ScheduleTrigger::Missed::once},
                                                          {"all", ScheduleTrigger::Missed::all}}};

std::optional<ScheduleTrigger> read_cron(JsonMembers& members) {
  auto const node = members.require("cron");
  auto const text = node ? node->string() : std::nullopt;
  if (!text) return std::nullopt;
  auto const cron = Cron::parse(*text);
  if (cron) return ScheduleTrigger{*cron, "UTC", ScheduleTrigger::Missed::skip, {}, std::string(*text)};
  node->fault(to_string(cron.error()));
  return std::nullopt;
}

std::optional<ScheduleTrigger> read_schedule(JsonNode const& node, std::vector<InputSpec> const& specs) {
  auto const* object = node.object();
  if (object == nullptr) return std::nullopt;
  JsonMembers members(*object, node.place(), node.log());
  auto const cron = read_cron(members);
  auto trigger = cron.value_or(ScheduleTrigger{});
  if (auto const zone = members.get("timezone")) {
    trigger.timezone = zone->string().value_or("UTC");
    auto const found = TimeZone::find(trigger.timezone);
    if (!found) zone->fault(found.error().message);
  }
  if (auto const missed = members.get("missed")) {
    trigger.missed = missed->one_of(missed_words).value_or(ScheduleTrigger::Missed::skip);
  }
  auto const inputs = members.get("inputs");
  auto const* given = inputs ? inputs->object() : nullptr;
  auto complete =
      check_inputs(specs, given != nullptr ? *given : json::object{}, members.place().child("inputs").pointer());
  if (!complete) {
    for (auto& fault : complete.error()) node.log().add(std::move(fault.pointer), std::move(fault.message));
  } else if (given != nullptr) {
    trigger.inputs = *given;
  }
  members.refuse_others();
  return cron ? std::optional(std::move(trigger)) : std::nullopt;
}

std::vector<ScheduleTrigger> read_schedules(JsonNode const& node, std::vector<InputSpec> const& specs) {
  std::vector<ScheduleTrigger> out;
  auto const* entries = node.array();
  if (entries == nullptr) return out;
  if (entries->size() > max_schedules) {
    node.fault(fmt::format("a workflow has at most {} schedules", max_schedules));
    return out;
  }
  for (std::size_t i = 0; i < entries->size(); ++i) {
    auto trigger = read_schedule(node.element((*entries)[i], i), specs);
    if (trigger) out.push_back(std::move(*trigger));
  }
  return out;
}

std::optional<WebhookTrigger> read_webhook(JsonNode const& node, std::vector<InputSpec> const& specs) {
  auto const* object = node.object();
  if (object == nullptr) return std::nullopt;
  JsonMembers members(*object, node.place(), node.log());
  WebhookTrigger trigger;
  trigger.header = "X-Hub-Signature-256";
  if (auto const secret = members.require("secret")) {
    trigger.secret = secret->string().value_or("SECRET");
    if (!is_variable_name(trigger.secret)) secret->fault("expected the name of a secret: letters, digits and '_'");
  }
  if (auto const header = members.get("header")) {
    trigger.header = header->text().value_or("");
    constexpr auto* allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    if (trigger.header.find_first_not_of(allowed) != std::string::npos) header->fault("is not the name of a header");
  }
  if (auto const payload = members.get("payloadInput")) {
    trigger.payload_input = payload->string().value_or("");
    auto const fits = [&](InputSpec const& spec) {
      return spec.name == trigger.payload_input && spec.type == InputType::object;
    };
    if (payload->value().is_string() && std::none_of(specs.begin(), specs.end(), fits)) {
      payload->fault("expected the name of an input of type object");
    }
  }
  members.refuse_others();
  return trigger;
}

}  // namespace

Triggers read_triggers(JsonNode const& node, std::vector<InputSpec> const& inputs) {
  Triggers triggers;
  auto const* object = node.object();
  if (object == nullptr) return triggers;
  JsonMembers members(*object, node.place(), node.log());
  if (auto const schedule = members.get("schedule")) triggers.schedule = read_schedules(*schedule, inputs);
  if (auto const webhook = members.get("webhook")) triggers.webhook = read_webhook(*webhook, inputs);
  members.refuse_others();
  return triggers;
}

}  // namespace runcast
