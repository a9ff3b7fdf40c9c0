// Position embeddings of one grid of patches interpolated to another, as DINOv2 is used: trained on
// 37 x 37 patches, given 16 x 16.
#pragma once

#include <cstdint>

#include "puente/matrix.h"

namespace puente {

/// The three ways in which published code does it, all bicubic and separable:
enum class GridResize {
  /// torch.nn.functional.interpolate(size): a = -0.75, borders repeated. transformers' Dinov2 from
  /// 4.45 on.
  plain,
  /// The same with scale_factor (to + 0.1) / from, whose coordinates run a little slower. Meta's
  /// own DINOv2, and transformers up to 4.44.
  offset,
  /// antialias = True: a = -0.5, the kernel widened to the scale, weights renormalised. Meta's
  /// models with registers, and transformers' Dinov2WithRegisters.
  antialias,
};

/// positions [from * from, C], row-major over the grid -> [to * to, C]. In double inside. The same
/// grid comes back as it is.
Matrix resize_grid(const Matrix& positions, int64_t from, int64_t to, GridResize how);

}  // namespace puente
