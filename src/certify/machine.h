// The machine that a certificate is of: int8 multiplies in other ways on other processors, and a
// speed is nothing without one.
#pragma once

#include <string>

#include "tensor/quantised_rows.h"

namespace puente {

struct Machine {
  std::string cpu;      // "AMD EPYC 7763 64-Core Processor"
  std::string kernels;  // Highway's name of the picked instruction set
  IntegerForm int8 = IntegerForm::pairs;
};

Machine this_machine();

}  // namespace puente
