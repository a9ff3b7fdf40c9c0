#include "support/source_folder.h"

namespace puente::test {

std::filesystem::path source_folder() { return PUENTE_SOURCE_DIR; }

}  // namespace puente::test
