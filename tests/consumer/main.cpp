// What somebody else's program does with the installed library: writes a table and reads it back,
// trains a classifier on it and scores rows. Exit status 0 if the library answers sensibly.
#include <cstdio>
#include <filesystem>
#include <string>

#include "puente/puente.h"

namespace {

/// Two classes that lie apart, 40 rows, a patient for every two.
puente::EmbeddingTable make_table() {
  constexpr int kRows = 40;
  puente::EmbeddingTable table;
  table.columns = {{"patient", {}}, {"finding", {}}};
  table.image = puente::Matrix(kRows, 8);
  table.text = puente::Matrix(kRows, 4);
  for (int i = 0; i < kRows; ++i) {
    const int patient = i / 2;
    const bool ill = patient % 2 == 1;
    table.columns[0].values.push_back(std::to_string(patient));
    table.columns[1].values.push_back(ill ? "ill" : "well");
    for (int j = 0; j < 8; ++j) {
      table.image(i, j) = (ill ? 1.0f : -1.0f) + 0.1f * static_cast<float>((i * 7 + j * 3) % 5);
      table.image(i, j) += 0.001f * static_cast<float>(i);  // no two rows have the same picture
    }
    for (int j = 0; j < 4; ++j) {
      table.text(i, j) = (ill ? -1.0f : 1.0f) + 0.1f * static_cast<float>((i * 3 + j) % 7);
    }
  }
  return table;
}

bool check(bool good, const char* what) {
  if (!good) std::fprintf(stderr, "consumer: not as expected: %s\n", what);
  return good;
}

bool stops(const puente::EmbeddingTable& table, const puente::ClassifierOptions& options) {
  try {
    puente::Classifier::train(table, options);
    return false;
  } catch (const puente::UserError&) {
    return true;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  const std::filesystem::path file = argv[1];
  bool good = check(!puente::version().empty(), "version");
  try {
    const puente::EmbeddingTable made = make_table();
    puente::write_embedding_table(made, file);
    const puente::EmbeddingTable table = puente::read_embedding_table(file);
    good &= check(table.image == made.image && table.text == made.text, "vectors read back");

    const auto classifier =
        puente::Classifier::train(table, {.label = "finding", .group = "patient", .epochs = 20});
    for (const puente::Finding& finding : classifier.findings()) {
      good &= check(finding.severity != puente::Severity::error, finding.message.c_str());
    }
    puente::ClassifierOptions leaking{
        .label = "finding", .group = "patient", .epochs = 1, .prompt = "Finding: {finding}"};
    good &= check(stops(table, leaking), "the label in the text stops a training");
    leaking.despite_leaks = true;
    good &= check(!stops(table, leaking), "unless it is allowed");

    const puente::Matrix p = classifier.probabilities(table.image, table.text);
    good &= check(p.rows() == table.rows() && p.cols() == 2, "a probability per row and class");
    good &=
        check(classifier.test_scores().accuracy > 0.9, "two classes that lie apart are told apart");
  } catch (const puente::UserError& error) {
    std::fprintf(stderr, "consumer: %s\n", error.what());
    return 1;
  }
  try {
    puente::Encoder encoder("no/such/model");
    good &= check(false, "a missing model is an error");
  } catch (const puente::UserError& error) {
    std::printf("as expected: %s\n", error.what());
  }
  return good ? 0 : 1;
}
