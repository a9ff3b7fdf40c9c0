// The leak audit: what in a table, its texts, its pictures and its split would make a figure look
// better than it will be in use. It looks, and changes nothing. Predicting is not leaking: age may
// well predict a class; what is looked for is information that nobody has when the model is asked,
// and test rows that the training has seen.
//
// Chance is what permutations of the labels give: whole groups exchange their labels, so that a
// patient with forty pictures counts as one patient (group_permutation.h).
//
// Checks, by the name in Finding::check; the figure is
//   label-field         1: the label's column is among the fields
//   label-in-text       share of the rows whose text names their own class
//   field-determines    share of the rows whose class the field's value gives away
//   field-predicts      what the field alone, as a lookup table, adds to the accuracy of the
//                       commonest class
//   prompt-lookup       accuracy of the whole text as a lookup table, cross-validated over groups
//   not-before          number of fields used, though nobody has them at prediction time
//   undeclared-fields   number of fields used of which nobody said when they are known
//   unused-facts        number of columns and classes that were declared and do not exist
//   shared-group, shared-text
//                       share of the test rows whose group or text is among the training or
//                       validation rows too
//   row-split           share of test rows that would have a row of their group in training, were
//                       a fifth of the rows drawn for testing without regard to groups
//   shared-image        share of the test rows whose image vector is, to the last bit, that of a
//                       training or validation row
//   equal-images        share of all rows whose image vector stands in another group too; where no
//                       split is given
//   shared-near-image, near-images
//                       the same of images that are nearly equal: of the coarse hash at most 8 of
//                       64 bits differ, of the fine one 100 of 576, and the vectors are more alike
//                       than most (near_images.cpp); equal ones are not counted again. Of rows with
//                       several pictures, any of them, and the vectors, which are means, are not
//                       asked
//   stretched-over-all  number of pictures, of all rows, that the limits of a stretch of bands were
//                       found in
//   images-unread       share of the rows of whose pictures only the vector is known
//   constant-images, constant-texts
//                       share of the rows that have the commonest vector (text, where there are no
//                       vectors)
//   narrow-images, narrow-texts
//                       total variance of the vectors over their mean squared length
//   site-and-class      Cramer's V of a column that names sites, scanners, ... and the class
//   image-size-and-class
//                       the same of the pictures' size in pixels, their shape, and their bytes; of
//                       rows with several pictures, the different sizes, and means
//   image-alone, text-alone, columns-alone, halves-together
//                       macro AUC of a logistic regression that sees this alone, each group scored
//                       by one that has not seen it (halves.cpp)
//   halves-untried      0: there are too few groups for that
//   truncated-texts     share of the texts that the tokenizer cut
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "puente/finding.h"
#include "puente/matrix.h"
#include "puente/progress.h"
#include "puente/table.h"

#include "audit/field_facts.h"
#include "data/labels.h"
#include "data/split.h"
#include "experiment/dataset.h"
#include "store/picture_facts.h"
#include "text/prompt.h"

namespace puente {

/// What the tokenizer cut off, as embed counted it.
struct CutTexts {
  struct Field {
    std::string name;
    int64_t rows = 0;
  };
  int64_t tokenized = 0;  // texts
  int64_t texts = 0;      // of them that were cut
  int64_t words = 0;      // of all texts; 0: not counted
  int64_t words_lost = 0;
  std::vector<Field> fields;  // that lost all or a part of their value in some rows
};

/// N rows, each with a label. What is not there stays empty, and is not looked at.
struct AuditInput {
  std::span<const Column> columns;  // [N] each
  std::string label;                // the label's column
  std::string group;                // the groups' column; empty where every row stands alone
  Categories labels;                // [N]
  Categories groups;                // [N]
  std::vector<int64_t> table_row;   // [N], from 0: where the rows stand in the table

  std::vector<std::string> fields;  // columns that the model is given, as text or as a table
  std::vector<std::string> texts;   // [N] as the encoder gets them
  FieldFacts facts;

  std::optional<Split> split;

  const Matrix* image = nullptr;  // [N, image_dim]
  const Matrix* text = nullptr;   // [N, text_dim]

  bool try_halves = false;           // fit classifiers on each half alone, which takes seconds
  std::vector<std::string> tabular;  // columns that are tried as they are

  std::vector<std::string> sites;  // columns that say where or with what a row was made
  CutTexts cut_texts;

  /// [N], each row's pictures, none where they are not known; or empty where none are.
  std::vector<std::vector<PictureFacts>> pictures;
  int64_t stretched_over = 0;  // pictures of all rows that a stretch's limits were found in

  uint64_t seed = 0;
  int threads = 1;
};

/// Columns, labels, groups and vectors of `dataset`, which must outlive the input.
AuditInput audit_input_of(const Dataset& dataset);

/// Makes input.texts, and input.fields from the prompt's columns. UserError as Prompt::render says,
/// and where a column is not there; `source` is the table, for messages.
void add_prompt(AuditInput& input, const Prompt& prompt, std::string_view source);

/// Errors first, then warnings, then notes; within each, in the order of the list above. The same
/// for any number of threads. UserError names a column of `fields` or `sites` that is not there.
std::vector<Finding> audit(const AuditInput& input, Progress& progress);

}  // namespace puente
