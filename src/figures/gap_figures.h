// Figures 2 and 3 of the paper: rows of both modalities in their joint principal components, on the
// unit circle and on the sphere, before and after a shift towards each other.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "align/joint_geometry.h"

namespace puente {

/// A row of panels, one for each lambda.
struct GapPanels {
  std::string name;  // of the data set
  const JointGeometry& geometry;
  std::vector<double> lambdas;  // 0: as they are
};

/// The first two components, divided by their length. All have as many lambdas.
std::string circle_figure(std::span<const GapPanels> rows);
/// The first three, seen from outside the sphere; what lies behind is paler.
std::string sphere_figure(std::span<const GapPanels> rows);

}  // namespace puente
