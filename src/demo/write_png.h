// Made-up pictures as files.
#pragma once

#include <filesystem>

#include "image/image.h"

namespace puente {

/// A PNG of 8-bit RGB. UserError where it cannot be written.
void write_png(const Image& image, const std::filesystem::path& path);

}  // namespace puente
