// Depth at the centre, and how old it is. Needs cppzmq and nlohmann-json
// (Debian: cppzmq-dev nlohmann-json3-dev).
//
//   g++ -std=c++17 -O2 subscribe.cpp -o subscribe -lzmq
//   ./subscribe [ENDPOINT] [COUNT]
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <zmq.hpp>

int main(int argc, char** argv) {
  const char* endpoint = argc > 1 ? argv[1] : "tcp://127.0.0.1:5556";
  long left = argc > 2 ? std::atol(argv[2]) : -1;

  zmq::context_t ctx;
  zmq::socket_t sub(ctx, zmq::socket_type::sub);
  sub.set(zmq::sockopt::conflate, 1);  // before connect: keep only the newest map
  sub.set(zmq::sockopt::heartbeat_ivl, 1000);  // connect again when the publisher is silent for 3 s
  sub.set(zmq::sockopt::heartbeat_timeout, 3000);
  sub.set(zmq::sockopt::connect_timeout, 3000);
  sub.set(zmq::sockopt::subscribe, "depth ");
  sub.set(zmq::sockopt::rcvtimeo, 10000);
  sub.connect(endpoint);
  zmq::message_t msg;
  for (; left != 0; --left) {
    if (!sub.recv(msg)) {
      std::cerr << "nothing from " << endpoint << ": is the publisher running? With CURVE it refuses silently.\n";
      return 1;
    }
    std::string_view all = msg.to_string_view();
    size_t cut = all.find('\n');
    auto meta = nlohmann::json::parse(all.substr(6, cut - 6));
    size_t h = meta["shape"][0], w = meta["shape"][1];
    if (meta["encoding"] != "32FC1" || all.size() - cut - 1 != h * w * sizeof(float)) {
      std::cerr << "this example reads 32FC1 only\n";
      return 1;
    }
    float centre;  // the pixels need not be aligned for a wider type than float
    std::memcpy(&centre, all.data() + cut + 1 + (h / 2 * w + w / 2) * sizeof(float), sizeof centre);
    auto now_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                      std::chrono::system_clock::now().time_since_epoch()).count();
    std::cout << "sweep " << meta["sweep"] << ": " << centre << " " << meta["unit"].get<std::string>() << ", "
              << (now_ns - meta["stamp_ns"].get<int64_t>()) / 1000000 << " ms old" << std::endl;
  }
}
