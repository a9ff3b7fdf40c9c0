#include "results/document.h"

#include <gtest/gtest.h>
