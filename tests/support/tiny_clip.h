// A CLIP that is small enough for tests to run many pictures and texts through it.
#pragma once

#include "demo/random_clip.h"

namespace puente::test {

inline ClipConfig tiny_clip() {
  ClipConfig config;
  config.vision = {
      .hidden = 32, .layers = 2, .heads = 2, .mlp = 64, .image_size = 32, .patch_size = 8};
  config.text = {
      .hidden = 32, .layers = 2, .heads = 2, .mlp = 64, .vocabulary = 514, .positions = 32};
  config.projection = 16;
  return config;
}

}  // namespace puente::test
