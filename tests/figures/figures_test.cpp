#include "figures/write_figures.h"

#include <gtest/gtest.h>
