#pragma once

#include <optional>
#include <string>
#include <vector>

#include "feed/facets.hpp"
#include "model/event.hpp"

// What monitors and clients are told of an event, as JSON texts. Pure, and of the event alone: what is read from the
// store again later gives the same bytes as when it happened.
namespace runcast {

struct MonitorMessage {
  std::string json;
  Facets facets;
};

// Empty: it does not concern monitors. Each message has the event's id as `event_id`.
std::vector<MonitorMessage> monitor_messages(Event const& event);

struct ClientMessage {
  std::string job;
  std::string json;
};

// Clients hear of jobs only.
std::optional<ClientMessage> client_message(Event const& event);

// How a job's last event leaves it.
JobStatus job_status_after(events::StepComplete const& event);

// Why a job ended that did not succeed.
std::string job_error(events::StepComplete const& event);

}  // namespace runcast
