#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "model/segment.hpp"

namespace runcast {

// Empties a string and gives its memory back, which an assignment does not.
inline void release(std::string& text) { std::string().swap(text); }

// What is left of bytes that a connection took in part only: the one thing that is kept for a client that is not being
// sent anything.
class Remainder {
 public:
  Remainder() = default;
  Remainder(Remainder const&) = delete;  // left_ may look into copy_
  Remainder& operator=(Remainder const&) = delete;

  bool empty() const { return left_.empty(); }
  std::string_view left() const { return left_; }

  // `left` lies in `segment`. A small piece is copied, so that it does not hold a whole segment; a large one is shared
  // with all who wait for the same event.
  void keep(std::shared_ptr<Segment const> segment, std::string_view left);
  void keep(std::string text);

  void consume(std::size_t size);

 private:
  void clear();

  std::string_view left_;
  std::shared_ptr<Segment const> segment_;
  std::string copy_;
};

}  // namespace runcast
