// A fine-tuning that is interrupted or killed goes on to the very same weights.
#include "finetune/run.h"

#include <csignal>
#include <functional>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "puente/error.h"

#include "base/interrupt.h"
#include "data/labels.h"
#include "data/rows_at.h"
#include "demo/random_encoder.h"
#include "finetune/made_rows.h"
#include "fusion/trainer.h"
#include "support/files.h"

namespace puente {
namespace {

constexpr int64_t kRowCount = 60;
constexpr int kEpochs = 3;

/// Calls `at` when so many steps were done.
class AtStep : public Silent {
 public:
  AtStep(int64_t step, std::function<void()> at) : left_(step), at_(std::move(at)) {}
  void begin(std::string_view what, std::string_view, int64_t) override {
    counts_ = what == "fine-tuning";
  }
  void advance(int64_t units) override {
    if (!counts_ || left_ <= 0) return;
    left_ -= units;
    if (left_ <= 0) at_();
  }

 private:
  bool counts_ = false;
  int64_t left_;
  std::function<void()> at_;
};

class FinetuneRunTest : public ::testing::Test {
 protected:
  FinetuneRunTest() {
    write_random_encoder(folder_ / "vit", "vit-tiny", {.seed = 1});
    write_random_encoder(folder_ / "bert", "bert-tiny", {.seed = 2});
    dataset_.labels.names = {"a", "b"};
    for (int32_t row = 0; row < kRowCount; ++row) dataset_.labels.of_row.push_back(row % 2);
    dataset_.groups = each_row_alone(kRowCount);
    for (int32_t row = 0; row < kRowCount; ++row) {
      (row < 40 ? split_.train : row < 50 ? split_.validation : split_.test).push_back(row);
    }
    plan_.run.epochs = kEpochs;
    plan_.run.options.batch = 8;
    plan_.run.options.threads = 2;
    plan_.trainer.backbone_rate = 1e-3;
    plan_.image_model = folder_ / "vit";
    plan_.text_model = folder_ / "bert";
    plan_.identity = "this one";
    plan_.checkpoint_seconds = 0;  // after every step
  }

  FinetuneResult run(const char* name, Progress& progress) {
    FinetunePlan plan = plan_;
    plan.checkpoint = folder_ / (std::string(name) + "-checkpoint");
    return finetune(
        {dataset_, split_, data_, 9}, plan,
        {folder_ / (std::string(name) + "-image"), folder_ / (std::string(name) + "-text")},
        progress);
  }

  void expect_same(const FinetuneResult& a, const char* name_a, const FinetuneResult& b,
                   const char* name_b) {
    EXPECT_TRUE(a.finished && b.finished);
    EXPECT_TRUE(a.run.weights == b.run.weights);
    EXPECT_EQ(a.run.chosen_epoch, b.run.chosen_epoch);
    ASSERT_EQ(a.run.epochs.size(), b.run.epochs.size());
    for (size_t i = 0; i < a.run.epochs.size(); ++i) {
      EXPECT_EQ(a.run.epochs[i].train_loss, b.run.epochs[i].train_loss);
      EXPECT_EQ(a.run.epochs[i].validation_loss, b.run.epochs[i].validation_loss);
    }
    for (const char* half : {"-image", "-text"}) {
      EXPECT_TRUE(test::read_text(folder_ / (std::string(name_a) + half) / "model.safetensors") ==
                  test::read_text(folder_ / (std::string(name_b) + half) / "model.safetensors"))
          << half;
    }
  }

  test::TemporaryFolder folder_;
  MadeRows data_{kRowCount, 3, 9, 125, 1};
  Dataset dataset_;
  Split split_;
  FinetunePlan plan_;
};

TEST_F(FinetuneRunTest, GoesOnAfterAKill) {
  Silent silent;
  const FinetuneResult whole = run("whole", silent);
  ASSERT_EQ(whole.run.epochs.size(), static_cast<size_t>(kEpochs));
  EXPECT_LT(whole.run.epochs.back().train_loss, whole.run.epochs.front().train_loss);
  // In the middle of an epoch, at its end, in the last.
  for (const int64_t step : {3, 5, 13}) {
    const pid_t child = ::fork();
    if (child == 0) {
      AtStep killed(step, [] { ::raise(SIGKILL); });
      run("killed", killed);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    expect_same(run("killed", silent), "killed", whole, "whole");
    std::filesystem::remove_all(folder_ / "killed-checkpoint");
  }
}

TEST_F(FinetuneRunTest, GoesOnAfterCtrlC) {
  Silent silent;
  plan_.checkpoint_seconds = 1e9;  // but for the best epochs and Ctrl-C
  const FinetuneResult whole = run("whole", silent);
  AtStep interrupted(7, [] { request_interrupt(); });
  EXPECT_THROW(run("again", interrupted), Interrupted);
  clear_interrupt();
  int64_t first_steps = 0;
  class Counter : public Silent {
   public:
    explicit Counter(int64_t& first) : first_(first) {}
    void advance(int64_t units) override {
      if (first_ == 0) first_ = units;
    }

   private:
    int64_t& first_;
  } counter(first_steps);
  expect_same(run("again", counter), "again", whole, "whole");
  EXPECT_EQ(first_steps, 7);  // were not done again
}

TEST_F(FinetuneRunTest, RefusesACheckpointOfAnotherTraining) {
  Silent silent;
  AtStep interrupted(2, [] { request_interrupt(); });
  EXPECT_THROW(run("one", interrupted), Interrupted);
  clear_interrupt();
  plan_.identity = "another";
  test::expect_user_error([&] { run("one", silent); }, "of other data or options");
  plan_.identity = "this one";
  plan_.run.options.seed = 5;
  test::expect_user_error([&] { run("one", silent); }, "of another training");
  folder_.file("one-checkpoint/book.json", "{\"format\": \"puente finetune 1\"}");
  test::expect_user_error([&] { run("one", silent); }, "of other data or options");
}

TEST_F(FinetuneRunTest, StopsAtItsBudget) {
  Silent silent;
  plan_.budget_seconds = 1e-6;
  const FinetuneResult result = run("budget", silent);
  EXPECT_FALSE(result.finished);
  EXPECT_EQ(result.cost.steps, 2);
  EXPECT_EQ(result.cost.steps_per_epoch, 5);
  EXPECT_TRUE(result.cost.extrapolated);
  EXPECT_DOUBLE_EQ(result.cost.measured_share, 0.4);
  EXPECT_DOUBLE_EQ(result.cost.train_seconds_per_epoch, 5 * result.cost.seconds_per_step);
  EXPECT_GT(result.cost.inference_seconds_per_epoch, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "budget-image"));
}

TEST_F(FinetuneRunTest, TheBestValidationEpochIsKept) {
  Silent silent;
  const FinetuneResult result = run("best", silent);
  const EpochRecord& chosen = result.run.epochs[static_cast<size_t>(result.run.chosen_epoch) - 1];
  for (const EpochRecord& epoch : result.run.epochs) EXPECT_FALSE(is_better(epoch, chosen));
  // The written models and head are that epoch's.
  FinetuneOptions options;
  options.head.batch = 8;
  FinetuneTrainer trainer(folder_ / "best-image", folder_ / "best-text", options, {});
  const Matrix features = trainer.features(data_, split_.validation);
  Matrix probabilities;
  predict_probabilities(result.run.weights, features, first_numbers(10), 1, probabilities);
  const Evaluation scores =
      scores_of(dataset_, {probabilities, labels_at(dataset_.labels.of_row, split_.validation)});
  EXPECT_EQ(scores.confusion, chosen.scores.confusion);
}

TEST_F(FinetuneRunTest, SaysWhatMemoryItNeeds) {
  Silent silent;
  plan_.memory = 1000;
  test::expect_user_error([&] { run("memory", silent); }, "this training needs at least");
  plan_.memory = 0;
  split_.validation.clear();
  test::expect_user_error([&] { run("memory", silent); }, "needs validation rows");
}

}  // namespace
}  // namespace puente
