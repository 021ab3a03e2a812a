#pragma once

#include <cstdint>
#include <string>

namespace runcast::bench {

// How a peer produces its events. It begins once `subscribers` have attached.
enum class Mode : std::uint8_t {
  idle,       // nothing at all
  saturated,  // as fast as its clients take them, for `seconds`
  rate,       // `rate` events a second in all, for `seconds`
  burst,      // `messages` events at once
};

// The flags that all peers of the hub bench take.
struct PeerOptions {
  std::uint16_t port = 0;
  Mode mode = Mode::saturated;
  unsigned subscribers = 1;
  unsigned runs = 1;
  double rate = 1000;
  std::uint64_t messages = 10'000;
  double seconds = 5;
  unsigned message_bytes = 125;  // of the text within an event; 125 make a frame of about 320
  unsigned tick_us = 0;          // send no more often than this; 0: at once
  unsigned lifetime = 120;       // seconds after which the peer ends, whatever happens
};

// Parses the flags and arms the end of the process's lifetime. Ends the process with a message if they are wrong.
PeerOptions parse_peer_options(int argc, char** argv, std::string const& description);

// Tells the driver, on standard output, that connections are taken.
void announce_listening(std::uint16_t port);

// Lets the process have as many descriptors as it may.
void raise_descriptor_limit();

}  // namespace runcast::bench
