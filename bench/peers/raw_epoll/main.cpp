#include "bench/peers/raw_epoll/server.hpp"

int main(int argc, char** argv) {
  using namespace runcast::bench;
  RawServer server(parse_peer_options(argc, argv, "The limit: epoll and ready-made blocks of frames"));
  server.run();
}
