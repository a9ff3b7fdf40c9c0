// puente finetune: BERT, ViT and classifier trained together, all of them or their last blocks.
#pragma once

#include "puente/progress.h"

#include "cli/finetune_job.h"

namespace puente::cli {

void finetune_trained(const FinetuneJob& job, Progress& progress);

}  // namespace puente::cli
