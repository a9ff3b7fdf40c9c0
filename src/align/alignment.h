// Alignment: moving the two modalities towards each other before fusion. What was fitted on the
// training rows is applied to any rows. The steps are those of align/align_spec.h.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "puente/matrix.h"
#include "puente/table.h"

#include "align/align_spec.h"
#include "align/fitted_step.h"

namespace puente {

class LiveRows;

/// The aligned vectors, one row per record: [N, image_dim + text_dim], image first. A table with
/// one modality has the other's dim 0. This is the one matrix that fusion reads.
struct AlignedTable {
  Matrix features;
  int64_t image_dim = 0;
  int64_t text_dim = 0;
  /// What a training does to the rows of every batch, of Alignment::for_training(): the features
  /// are as they are before it, image_dim and text_dim as they are after it. Nothing: they are the
  /// same. Shared, because a learned lambda is not kept here (align/live_rows.h).
  std::shared_ptr<const LiveRows> live = {};
};

class Alignment {
 public:
  /// `rows` are the rows to fit on. UserError where the table cannot be aligned so: it lacks a
  /// modality, the sizes differ, there are fewer rows or directions than a step needs.
  Alignment(const AlignSpec& spec, const EmbeddingTable& table, std::span<const int32_t> rows);
  /// As fitted before.
  explicit Alignment(std::vector<FittedStep> steps, int64_t image_dim, int64_t text_dim);

  /// For use: without noise, and with the learned lambda if there is one. UserError if the table's
  /// sizes are not those that were fitted.
  AlignedTable apply(const EmbeddingTable& table) const;
  /// For training: the same, or, where rows differ from batch to batch, with live rows. Scored on
  /// such rows a classifier gives to the last bit what it gives on apply()'s.
  AlignedTable for_training(const EmbeddingTable& table) const;

  AlignSpec spec() const;
  std::span<const FittedStep> steps() const { return steps_; }
  /// Numbers per row before and after.
  int64_t image_dim() const { return image_dim_; }
  int64_t text_dim() const { return text_dim_; }
  int64_t aligned_image_dim() const;
  int64_t aligned_text_dim() const;
  /// Does the spec have shift-learned? Its lambda, as learned with the classifier; 0 before.
  bool learns_lambda() const;
  double lambda() const { return lambda_; }
  void set_lambda(double lambda);

 private:
  size_t first_live_step() const;
  AlignedTable through(const EmbeddingTable& table, std::span<const FittedStep> steps) const;

  std::vector<FittedStep> steps_;
  double lambda_ = 0;  // of shift-learned
  int64_t image_dim_ = 0;
  int64_t text_dim_ = 0;
};

}  // namespace puente
