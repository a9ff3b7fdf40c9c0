// Writes made-up rows whose label needs pixels and word order (demo/arrangements.h), for trying
// `puente finetune` where there is no data:
//
//   puente_make_arrangements FOLDER [ROWS [SEED]]
#include <cstdlib>
#include <fmt/format.h>

#include "demo/arrangements.h"

int main(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') {
    fmt::print(stderr, "puente_make_arrangements FOLDER [ROWS [SEED]]\n");
    return 2;
  }
  try {
    puente::ArrangementOptions options;
    if (argc > 2) options.rows = std::atoll(argv[2]);
    if (argc > 3) options.seed = std::strtoull(argv[3], nullptr, 10);
    puente::write_arrangements(argv[1], options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
  return 0;
}
