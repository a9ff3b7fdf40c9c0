// Ordinal labels: classes that follow each other, such as the grades of a disease. A class's number
// (labels.h) says nothing about its place among them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace puente {

struct ClassOrder {
  std::vector<int32_t> place;  // [K] of each class: 0 the lowest, K - 1 the highest
};

/// `lowest_first`: the name of every class once; empty where the classes are different numbers,
/// which have an order by themselves. UserError where they do not. `label`: their column, for
/// messages.
ClassOrder class_order(const std::vector<std::string>& classes,
                       const std::vector<std::string>& lowest_first, const std::string& label);

/// The classes' names, lowest first.
std::vector<std::string> in_order(const std::vector<std::string>& classes, const ClassOrder& order);

}  // namespace puente
