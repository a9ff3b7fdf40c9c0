#include "certify/machine.h"

#include "base/cpu_name.h"
#include "tensor/kernel_target.h"

namespace puente {

Machine this_machine() { return {cpu_name(), std::string(kernel_target()), best_integer_form()}; }

}  // namespace puente
