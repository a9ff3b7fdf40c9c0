// Batcher: records of all requests go through one queue, and each core takes some of them, from
// picture to answer, as `puente embed` works: no barrier, and nobody waits for a batch to fill. A
// worker that is free takes a quarter of its share of all that waits or is in work, at most as many
// as the encoder likes: the queue then never runs dry under load, and no batch is so large that
// those behind it wait much longer than others.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "predict/predictor.h"
#include "serve/metrics.h"

namespace puente::serve {

/// What a request wants computed. Its records borrow from its inputs.
struct Job {
  std::vector<std::vector<std::string>> pictures;  // [N] what the records' pictures are in
  std::vector<Record> records;                     // [N]
  bool predict = false;                            // else the vectors alone

  std::vector<Outcome> outcomes;            // [N] of a prediction; else only `problem`
  std::vector<std::vector<float>> vectors;  // [N] of an embedding
  std::vector<int64_t> tokens;              // [N] likewise
};

class Batcher {
 public:
  /// `predictor`: nullptr where only vectors are asked for. Both must outlive it. `pixels`: of a
  /// picture, at most.
  Batcher(const RecordEncoder& encoder, const Predictor* predictor, int threads, int64_t pixels,
          Metrics& metrics);
  /// Waits for what was begun.
  ~Batcher();
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  using Clock = std::chrono::steady_clock;
  enum class End {
    done,
    late,    // not done at the deadline; what has not begun will not be
    failed,  // a bug, or no memory
  };
  /// Waits until all of the job's records are done.
  End run(const std::shared_ptr<Job>& job, Clock::time_point deadline);

 private:
  struct Waiting;  // a job, and how far it is
  struct Task {
    std::shared_ptr<Waiting> waiting;
    size_t record = 0;
  };
  void work();
  std::vector<Task> take();
  void compute(EncoderWorker& worker, const std::vector<Task>& tasks);
  void finish(const std::vector<Task>& tasks, bool failed);

  const RecordEncoder& encoder_;
  const Predictor* predictor_;
  const int64_t workers_;
  const int64_t pixels_;
  Metrics& metrics_;
  std::mutex mutex_;
  std::condition_variable queued_;
  std::deque<Task> queue_;
  int64_t idle_ = 0;     // workers that wait for the first record
  int64_t in_work_ = 0;  // records that were taken and are not done
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace puente::serve
