#include "serve/batcher.h"

#include <algorithm>
#include <exception>

#include "image/decode.h"

namespace puente::serve {

struct Batcher::Waiting {
  std::shared_ptr<Job> job;
  size_t left = 0;  // records that are not done; guarded by Batcher::mutex_
  bool abandoned = false;
  bool failed = false;
  std::condition_variable done;
};

Batcher::Batcher(const RecordEncoder& encoder, const Predictor* predictor, int threads,
                 int64_t pixels, Metrics& metrics)
    : encoder_(encoder),
      predictor_(predictor),
      workers_(threads),
      pixels_(pixels),
      metrics_(metrics) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Batcher::~Batcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  queued_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Batcher::End Batcher::run(const std::shared_ptr<Job>& job, Clock::time_point deadline) {
  if (Clock::now() >= deadline) return End::late;
  const size_t count = job->records.size();
  job->outcomes.resize(count);
  job->vectors.resize(count);
  job->tokens.resize(count);
  const auto waiting = std::make_shared<Waiting>();
  waiting->job = job;
  waiting->left = count;
  std::unique_lock lock(mutex_);
  for (size_t i = 0; i < count; ++i) queue_.push_back({waiting, i});
  metrics_.waiting.store(std::ssize(queue_));
  count == 1 ? queued_.notify_one() : queued_.notify_all();
  const bool in_time = waiting->done.wait_until(lock, deadline, [&] { return waiting->left == 0; });
  if (!in_time) {
    waiting->abandoned = true;
    std::erase_if(queue_, [&](const Task& task) { return task.waiting == waiting; });
    metrics_.waiting.store(std::ssize(queue_));
    return End::late;
  }
  return waiting->failed ? End::failed : End::done;
}

std::vector<Batcher::Task> Batcher::take() {
  std::unique_lock lock(mutex_);
  ++idle_;
  queued_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  --idle_;
  const int64_t quarters = 4 * workers_;
  const int64_t share = (std::ssize(queue_) + in_work_ + quarters - 1) / quarters;
  const int64_t count = std::min({share, encoder_.batch(), std::ssize(queue_)});
  in_work_ += count;
  std::vector<Task> tasks(queue_.begin(), queue_.begin() + count);
  queue_.erase(queue_.begin(), queue_.begin() + count);
  metrics_.waiting.store(std::ssize(queue_));
  if (idle_ > 0 && !queue_.empty()) queued_.notify_one();
  return tasks;
}

void Batcher::work() {
  EncoderWorker worker;
  const PixelLimit limit(pixels_);
  for (;;) {
    const std::vector<Task> tasks = take();
    if (tasks.empty()) return;  // stopping, and nothing is left
    bool failed = false;
    try {
      compute(worker, tasks);
    } catch (const std::exception&) {
      failed = true;
    }
    finish(tasks, failed);
  }
}

void Batcher::compute(EncoderWorker& worker, const std::vector<Task>& tasks) {
  std::vector<Record> records;
  for (const Task& task : tasks) records.push_back(task.waiting->job->records[task.record]);
  const RecordVectors vectors = encoder_.encode(worker, records);
  metrics_.saw_batch(std::ssize(tasks));
  // A request is either of the two; a batch may hold both.
  std::vector<Outcome> outcomes;
  if (predictor_ != nullptr &&
      std::ranges::any_of(tasks, [](const Task& task) { return task.waiting->job->predict; })) {
    outcomes = predictor_->predict(vectors, records);
  }
  for (size_t i = 0; i < tasks.size(); ++i) {
    Job& job = *tasks[i].waiting->job;
    const size_t place = tasks[i].record;
    if (job.predict) {
      job.outcomes[place] = std::move(outcomes[i]);
      continue;
    }
    job.outcomes[place].problem = vectors.problems[i];
    const Matrix& half = records[i].pictures.empty() ? vectors.text : vectors.image;
    const std::span<const float> row = half.row_span(static_cast<int64_t>(i));
    job.vectors[place].assign(row.begin(), row.end());
    job.tokens[place] = vectors.tokens[i].kept;
  }
}

void Batcher::finish(const std::vector<Task>& tasks, bool failed) {
  const std::lock_guard lock(mutex_);
  in_work_ -= std::ssize(tasks);
  for (const Task& task : tasks) {
    task.waiting->failed = task.waiting->failed || failed;
    if (--task.waiting->left == 0) task.waiting->done.notify_all();
  }
}

}  // namespace puente::serve
