#include "bench/runcast/server.hpp"

int main(int argc, char** argv) {
  using namespace runcast::bench;
  HubServer server(parse_peer_options(argc, argv, "This project's hub with a producer in its process"));
  server.run();
}
