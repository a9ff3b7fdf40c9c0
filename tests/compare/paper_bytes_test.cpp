#include "compare/paper_bytes.h"

#include <gtest/gtest.h>

#include "compare/paper_figures.h"

namespace puente {
namespace {

double megabytes(int64_t bytes) { return static_cast<double>(bytes) / kPaperMegabyte; }

int64_t model_bytes(FusionKind kind, int64_t image, int64_t text, int64_t classes) {
  return paper_model_bytes(
      FusionShape{.kind = kind, .image_dim = image, .text_dim = text, .classes = classes}
          .parameters());
}

/// The sizes that Table 2 prints, of models of the shapes that the paper describes.
TEST(PaperBytes, ModelsAreAsLargeAsPrinted) {
  struct Printed {
    const char* data;
    int64_t classes;
  };
  // ViT-base/16 and BERT-base with their poolers, without the head.
  constexpr int64_t kVit = 86'389'248, kBert = 109'482'240;
  for (const auto& [data, classes] :
       {Printed{"brset", 2}, Printed{"ham10000", 7}, Printed{"satellitebench", 2}}) {
    for (const FusionKind kind : {FusionKind::early, FusionKind::late}) {
      const auto printed = [&](PaperApproach approach) {
        return paper_figures(data, approach, kind).value().model_megabytes;
      };
      EXPECT_NEAR(megabytes(model_bytes(kind, 512, 512, classes)), printed(PaperApproach::clip),
                  0.006)
          << data << " " << name_of(kind);
      EXPECT_NEAR(megabytes(model_bytes(kind, 768, 4096, classes)),
                  printed(PaperApproach::dinov2_llama), 0.006)
          << data << " " << name_of(kind);
      EXPECT_NEAR(megabytes(paper_model_bytes(kVit + kBert) + model_bytes(kind, 768, 768, classes)),
                  printed(PaperApproach::raw), 0.006)
          << data << " " << name_of(kind);
    }
  }
}

TEST(PaperBytes, ADataSetIsItsRowsTimesFeaturesAndLabels) {
  const FusionShape binary{.image_dim = 512, .text_dim = 512, .classes = 2};
  EXPECT_EQ(paper_dataset_bytes(binary, 10), 10 * 4 * (1024 + 1));
  const FusionShape seven{.image_dim = 768, .text_dim = 4096, .classes = 7};
  EXPECT_EQ(paper_dataset_bytes(seven, 3), 3 * 4 * (4864 + 7));
}

// 64 rows of 224 x 224 pixels and 500 tokens, the authors' batch: by hand.
TEST(PaperBytes, OfRawData) {
  EXPECT_EQ(paper_raw_bytes(1, 224, 500), 3 * 224 * 224 * 4 + 500 * 8 + 500 * 8 + 8);
  EXPECT_EQ(paper_raw_bytes(64, 224, 500), 64 * 610'120);
}

}  // namespace
}  // namespace puente
