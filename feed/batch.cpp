#include "feed/batch.hpp"

namespace runcast {
namespace {

template <class Mark>
std::size_t bytes_of(Track<Mark> const& track) {
  return track.messages ? track.messages->bytes().size() + track.marks.size() * sizeof(Mark) : 0;
}

}  // namespace

bool FeedBatch::made_for(Audience audience) const {
  switch (audience) {
    case Audience::monitors:
      return monitors.messages != nullptr;
    case Audience::clients:
      return clients.messages != nullptr;
    case Audience::job_stream:
      return job_stream.messages != nullptr;
  }
  return false;
}

std::size_t FeedBatch::bytes() const {
  return sizeof(FeedBatch) + bytes_of(monitors) + bytes_of(clients) + bytes_of(job_stream);
}

void mark_event_ends(std::vector<FeedItem>& items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].ends_event = i + 1 == items.size() || items[i + 1].id != items[i].id;
  }
}

std::shared_ptr<Segment const> to_segment(std::vector<FeedText> const& texts) {
  std::size_t capacity = 0;
  for (auto const& text : texts) capacity += text.json.size() + Segment::max_overhead;
  auto segment = std::make_shared<Segment>(Form::websocket, capacity);
  for (auto const& text : texts) {
    FrameInfo info;
    info.position = text.id;
    segment->append(text.json, info);
  }
  return segment;
}

}  // namespace runcast
