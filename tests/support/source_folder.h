// Where the sources lie.
#pragma once

#include <filesystem>

namespace puente::test {

/// The checkout. Compiled in one place, so that all other tests are compiled alike in every
/// checkout.
std::filesystem::path source_folder();

}  // namespace puente::test
