#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "feed/facets.hpp"
#include "model/segment.hpp"

namespace runcast {

// Who the feed renders events for.
enum class Audience : std::uint8_t { monitors, clients, job_stream };
inline constexpr std::size_t audiences = 3;

// One audience's messages of a batch, as WebSocket frames; a frame's position is its event's id, and messages made from
// one event follow each other. `marks[i]` says what frame i is about.
template <class Mark>
struct Track {
  std::shared_ptr<Segment const> messages;  // null: nobody wanted them, they were not made
  std::vector<Mark> marks;

  std::size_t size() const { return messages ? messages->frames().size() : 0; }
};

// What became of consecutive events of the whole system: those with ids in (after, upto]. Shared by all who are sent
// it.
struct FeedBatch {
  std::uint64_t after = 0;
  std::uint64_t upto = 0;
  Track<Facets> monitors;
  Track<std::string> clients;     // the job's id
  Track<std::string> job_stream;  // likewise

  bool made_for(Audience audience) const;
  std::size_t bytes() const;
};

// One message, and the memory that it lies in.
struct FeedItem {
  std::uint64_t id = 0;    // its event's
  std::uint32_t part = 0;  // which one of the event's messages
  bool ends_event = true;  // its subscriber gets no further message of that event
  std::shared_ptr<Segment const> segment;
  std::size_t frame = 0;

  std::string_view json() const { return segment->json(segment->frames()[frame]); }
  std::string_view framed() const {
    auto const& info = segment->frames()[frame];
    return segment->bytes().substr(info.begin, info.end - info.begin);
  }
};

// Marks the last item of each event. The items of an event are all there.
void mark_event_ends(std::vector<FeedItem>& items);

// Texts as frames of one segment. Each has its event's id.
struct FeedText {
  std::uint64_t id = 0;
  std::string json;
};
std::shared_ptr<Segment const> to_segment(std::vector<FeedText> const& texts);

}  // namespace runcast
