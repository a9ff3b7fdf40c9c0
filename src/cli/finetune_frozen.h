// puente finetune --freeze: the vectors of all rows once, then the classifier on them.
#pragma once

#include "puente/progress.h"

#include "cli/finetune_job.h"

namespace puente::cli {

void finetune_frozen(const FinetuneJob& job, Progress& progress);

}  // namespace puente::cli
