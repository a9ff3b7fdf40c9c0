#include "demo/write_png.h"

#include <cstddef>
#include <png.h>
#include <span>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"

namespace puente {

void write_png(const Image& image, const std::filesystem::path& path) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width);
  header.height = static_cast<png_uint_32>(image.height);
  header.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  std::vector<std::byte> bytes;
  const auto encode = [&] {
    return png_image_write_to_memory(&header, bytes.empty() ? nullptr : bytes.data(), &size, 0,
                                     image.rgb.data(), 0, nullptr) != 0;
  };
  PUENTE_ASSERT(encode());  // the first call only says how large it will be
  bytes.resize(size);
  PUENTE_ASSERT(encode());
  AtomicFile file(path);
  file.write(std::span<const std::byte>(bytes).first(size));
  file.commit();
}

}  // namespace puente
