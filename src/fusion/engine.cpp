#include "fusion/engine.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/threads.h"
#include "data/rows_at.h"
#include "fusion/batches.h"
#include "nn/dropout.h"
#include "nn/flush_denormals.h"

namespace puente {
// What one thread works on.
template <class T>
struct FusionEngine<T>::Member {
  // Panels that read the same part of the features.
  struct Group {
    std::vector<const Panel*> panels;
    std::vector<PanelPair<T>> pairs;
  };
  std::vector<Group> groups;  // one per branch
  AlignedVector<T> scratch;
  std::vector<PanelNormSaved<T>> saved;  // per panel of the engine

  Member(size_t branches, size_t panels) : groups(branches), saved(panels) {}

  void add(const Panel& panel) {
    Group& group = groups[panel.branch];
    if (group.panels.size() % 2 == 0) group.pairs.emplace_back();
    PanelPair<T>& pair = group.pairs.back();
    const int i = static_cast<int>(group.panels.size() % 2);
    pair.count = i + 1;
    pair.bias[i] = panel.linear_bias.w;
    pair.w[i] = panel.linear.w;
    pair.m[i] = panel.linear.m;
    pair.v[i] = panel.linear.v;
    group.panels.push_back(&panel);
  }

  // Panel i's activations (or their gradients) are base + stride * its number.
  static std::span<const PanelPair<T>> point(Group& group, const Panel* first, T* base,
                                             int64_t stride) {
    for (size_t i = 0; i < group.panels.size(); ++i) {
      group.pairs[i / 2].z[i % 2] = base + (group.panels[i] - first) * stride;
    }
    return group.pairs;
  }
};

// One batch.
template <class T>
struct FusionEngine<T>::Step {
  std::span<const float* const> features;
  std::span<const int32_t> label;  // [rows, labels]
  AdamWStep<T> adamw;
  DropoutMask dropout;
  T pull;                                    // weight of the distance between two branches
  std::span<const float* const> slope = {};  // of the features by lambda

  int64_t rows() const { return static_cast<int64_t>(features.size()); }
};

template <class T>
FusionEngine<T>::FusionEngine(const BasicFusionWeights<T>& weights) : weights_(weights) {
  if (weights.lambda) lambda_ = Lambda{*weights.lambda, T(0), T(0)};
}

template <class T>
BasicFusionWeights<T> FusionEngine<T>::weights() const {
  BasicFusionWeights<T> weights = weights_.weights();
  if (lambda_) weights.lambda = lambda_->w;
  return weights;
}

// Panels to members so that the slowest has least to do. To read a branch's rows costs a member
// about as much as half a panel, however many of its panels it has; so where that balances well, a
// member takes neighbouring panels, and otherwise large panels go first, each to whom has least.
template <class T>
auto FusionEngine<T>::divide(int members) const -> std::vector<Member> {
  const auto largest_load = [&](const std::vector<int>& owner) {
    int64_t largest = 0;
    for (int member = 0; member < members; ++member) {
      std::vector<bool> reads(branches().size());
      int64_t load = 0;
      for (size_t p = 0; p < owner.size(); ++p) {
        if (owner[p] != member) continue;
        const Panel& panel = panels()[p];
        load += 2 * panel.inputs + (reads[panel.branch] ? 0 : panel.inputs);
        reads[panel.branch] = true;
      }
      largest = std::max(largest, load);
    }
    return largest;
  };

  int64_t total = 0;
  for (const Panel& panel : panels()) total += panel.inputs;
  std::vector<int> neighbours;
  int64_t before = 0;  // inputs of the panels before this one
  for (const Panel& panel : panels()) {
    neighbours.push_back(static_cast<int>((2 * before + panel.inputs) * members / (2 * total)));
    before += panel.inputs;
  }

  std::vector<size_t> order(panels().size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [this](size_t a, size_t b) { return panels()[a].inputs > panels()[b].inputs; });
  std::vector<int> even(panels().size());
  std::vector<int64_t> load(static_cast<size_t>(members), 0);
  for (const size_t p : order) {
    const auto least = std::min_element(load.begin(), load.end()) - load.begin();
    load[least] += panels()[p].inputs;
    even[p] = static_cast<int>(least);
  }

  const std::vector<int>& owner =
      largest_load(neighbours) <= largest_load(even) ? neighbours : even;
  std::vector<Member> team;
  for (int i = 0; i < members; ++i) team.emplace_back(branches().size(), panels().size());
  for (size_t p = 0; p < owner.size(); ++p) team[owner[p]].add(panels()[p]);
  return team;
}

template <class T>
void FusionEngine<T>::reserve(int64_t rows, const LiveRows* live) {
  const int64_t stride = rows * kPanel + kPanelSpacing<T>;
  const auto count = static_cast<int64_t>(panels().size());
  stride_ = stride;
  z_.resize(count * stride);
  y_.resize(count * stride);
  d_.resize(count * stride);
  y_panels_.clear();
  output_panels_.clear();
  for (int64_t p = 0; p < count; ++p) {
    y_panels_.push_back(y_.data() + p * stride);
    output_panels_.push_back(panels()[p].output.w);
  }
  logits_.resize(rows * shape().outputs());
  dlogits_.resize(rows * shape().outputs());
  dlogits_row_.clear();
  for (int64_t r = 0; r < rows; ++r) {
    dlogits_row_.push_back(dlogits_.data() + r * shape().outputs());
  }
  row_loss_.resize(rows);
  live_row_.clear();
  slope_row_.clear();
  if (live == nullptr) return;
  live_features_ = Matrix(rows, live->outputs());
  live_row_ = row_pointers(live_features_);
  if (!lambda_) return;
  live_slope_ = Matrix(rows, live->outputs());
  slope_row_ = row_pointers(live_slope_);
  lambda_gradient_.assign(static_cast<size_t>(count), T(0));
}

template <class T>
double FusionEngine<T>::train(const EpochRows& rows, const FusionOptions& options,
                              const Criterion<T>& criterion) {
  const auto count = static_cast<int64_t>(rows.features.size());
  const int64_t labels = shape().labels;
  PUENTE_ASSERT(count >= 2 && static_cast<int64_t>(rows.label.size()) == count * labels);
  const std::vector<int64_t> bounds = batch_bounds(count, options.batch);
  const auto batches = static_cast<int64_t>(bounds.size()) - 1;
  int64_t largest = 0;
  for (int64_t b = 0; b < batches; ++b) largest = std::max(largest, bounds[b + 1] - bounds[b]);
  reserve(largest, rows.live);
  const int members = std::clamp(options.threads, 1, static_cast<int>(panels().size()));
  std::vector<Member> team = divide(members);
  for (Member& member : team) member.scratch.resize(panel_scratch(largest));

  double loss = 0;
  run_team(members, [&](int member, SpinBarrier& barrier) {
    const FlushDenormals flush;
    for (int64_t b = 0; b < batches; ++b) {
      const int64_t begin = bounds[b];
      const int64_t size = bounds[b + 1] - begin;
      if (rows.live != nullptr) {
        make_rows(member, members, rows, begin, size,
                  {options.seed, static_cast<uint64_t>(steps_ + b), 0});
        barrier.arrive();
      }
      const Step step{
          .features = rows.live == nullptr ? rows.features.subspan(begin, size)
                                           : std::span(live_row_).first(size),
          .label = rows.label.subspan(begin * labels, size * labels),
          .adamw = AdamWStep<T>(adamw_of(options), steps_ + b + 1),
          .dropout = {options.dropout, options.seed, static_cast<uint64_t>(steps_ + b)},
          .pull = static_cast<T>(options.regularisation / static_cast<double>(size)),
          .slope = lambda_ ? std::span(slope_row_).first(size) : std::span<const float* const>()};
      forward(team[member], step);
      barrier.arrive();
      score(member, members, step, criterion);
      barrier.arrive();
      if (member == 0) {
        loss += std::accumulate(row_loss_.begin(), row_loss_.begin() + size, 0.0);
        for (int64_t o = 0; o < shape().outputs(); ++o) {
          T gradient = 0;
          for (int64_t r = 0; r < size; ++r) gradient += dlogits_row_[r][o];
          step.adamw.update(weights_.output_bias().w[o], gradient, weights_.output_bias().m[o],
                            weights_.output_bias().v[o]);
        }
      }
      backward(team[member], step);
      if (rows.live == nullptr) continue;
      barrier.arrive();  // before others' rows of this batch are overwritten
      if (!lambda_) continue;
      if (member == 0) {
        const T gradient = std::accumulate(lambda_gradient_.begin(), lambda_gradient_.end(), T(0));
        step.adamw.update(lambda_->w, gradient, lambda_->m, lambda_->v);
      }
      barrier.arrive();
    }
  });
  steps_ += batches;
  return loss / static_cast<double>(batches);
}

// The member's share of the batch, as the alignment makes it now.
template <class T>
void FusionEngine<T>::make_rows(int member, int members, const EpochRows& rows, int64_t begin,
                                int64_t size, const NoiseKey& key) {
  const int64_t first = size * member / members;
  const int64_t count = size * (member + 1) / members - first;
  if (count == 0) return;
  NoiseKey own = key;
  own.row = static_cast<uint64_t>(first);
  const auto share = [&](Matrix& matrix) -> MatrixView<float> {
    if (matrix.empty()) return {};
    return {matrix.row(first), count, matrix.cols(), matrix.cols()};
  };
  rows.live->train(rows.features.subspan(begin + first, count), own, lambda(),
                   share(live_features_), share(live_slope_));
}

// Hidden activations of the member's panels: y_.
template <class T>
void FusionEngine<T>::forward(Member& member, const Step& step) {
  for (size_t b = 0; b < branches().size(); ++b) {
    auto& group = member.groups[b];
    const PanelInput<float> x{step.features.data(), step.rows(), branches()[b].offset,
                              branches()[b].inputs};
    panel_forward<T, float>(x, Member::point(group, panels().data(), z_.data(), stride_));
    for (const Panel* panel : group.panels) {
      const int64_t p = panel - panels().data();
      T* const z = z_.data() + p * stride_;
      if (step.dropout.p > 0) {
        const T scale = static_cast<T>(step.dropout.scale());
        for (int64_t r = 0; r < step.rows(); ++r) {
          for (int64_t c = 0; c < kPanel; ++c) {
            T& value = z[r * kPanel + c];
            value = step.dropout.keep(r, panel->column + c) ? value * scale : T(0);
          }
        }
      }
      panel_norm_train(panel->norm(), step.rows(), z, y_.data() + p * stride_, member.saved[p]);
    }
  }
}

// Logits, losses and gradients of the logits of the member's share of the rows.
template <class T>
void FusionEngine<T>::score(int member, int members, const Step& step,
                            const Criterion<T>& criterion) {
  const int64_t begin = step.rows() * member / members;
  const int64_t end = step.rows() * (member + 1) / members;
  const int64_t outputs = shape().outputs();
  panel_logits(y_panels_.data(), output_panels_.data(), static_cast<int64_t>(panels().size()),
               weights_.output_bias().w, outputs, begin, end, logits_.data());
  const T scale = criterion.batch_scale(step.label);
  const int64_t labels = shape().labels;
  for (int64_t r = begin; r < end; ++r) {
    const auto size = static_cast<size_t>(outputs);
    row_loss_[r] =
        criterion.row({logits_.data() + r * outputs, size}, step.label.subspan(r * labels, labels),
                      scale, {dlogits_.data() + r * outputs, size});
    if (step.pull > 0) row_loss_[r] += pull_loss(step, r);
  }
}

// The same columns of the other branch of late-joint fusion.
template <class T>
const T* FusionEngine<T>::partner(int64_t panel) const {
  const auto half = static_cast<int64_t>(panels().size()) / 2;
  return y_panels_[static_cast<size_t>(panel < half ? panel + half : panel - half)];
}

// A row's part of the loss that pulls the branches together.
template <class T>
double FusionEngine<T>::pull_loss(const Step& step, int64_t row) const {
  double squares = 0;
  for (size_t p = 0; p < panels().size() / 2; ++p) {
    const T* const image = y_panels_[p] + row * kPanel;
    const T* const text = partner(static_cast<int64_t>(p)) + row * kPanel;
    for (int64_t c = 0; c < kPanel; ++c) {
      const double difference = static_cast<double>(text[c]) - static_cast<double>(image[c]);
      squares += difference * difference;
    }
  }
  return static_cast<double>(step.pull) / 2 * squares;
}

// And its gradient by the panel's outputs.
template <class T>
void FusionEngine<T>::add_pull(int64_t panel, const Step& step, T* d) const {
  const T* const own = y_panels_[static_cast<size_t>(panel)];
  const T* const other = partner(panel);
  for (int64_t i = 0; i < step.rows() * kPanel; ++i) d[i] += step.pull * (own[i] - other[i]);
}

// Each panel's part of the gradient of lambda: its d times how its Linear's outputs change with
// lambda, for which z_ is free by now.
template <class T>
void FusionEngine<T>::slope_of_lambda(Member& member, size_t branch,
                                      const PanelInput<float>& slope) {
  auto& group = member.groups[branch];
  const auto own = Member::point(group, panels().data(), z_.data(), stride_);
  std::vector<PanelPair<T>> pairs(own.begin(), own.end());
  for (PanelPair<T>& pair : pairs) pair.bias[0] = pair.bias[1] = nullptr;
  panel_forward<T, float>(slope, pairs);
  for (const Panel* panel : group.panels) {
    const int64_t p = panel - panels().data();
    const T* const d = d_.data() + p * stride_;
    const T* const change = z_.data() + p * stride_;
    T sum = 0;
    for (int64_t i = 0; i < slope.rows * kPanel; ++i) sum += d[i] * change[i];
    lambda_gradient_[static_cast<size_t>(p)] = sum;
  }
}

template <class T>
void FusionEngine<T>::backward(Member& member, const Step& step) {
  const PanelInput<T> dlogits{dlogits_row_.data(), step.rows(), 0, shape().outputs()};
  const T dropout_scale = static_cast<T>(step.dropout.scale());
  for (size_t b = 0; b < branches().size(); ++b) {
    auto& group = member.groups[b];
    if (group.panels.empty()) continue;
    for (const Panel* panel : group.panels) {
      const int64_t p = panel - panels().data();
      T* const d = d_.data() + p * stride_;
      PanelPair<T> output;
      output.w[0] = panel->output.w;
      output.m[0] = panel->output.m;
      output.v[0] = panel->output.v;
      // The gradient of y = dlogits W, W being the output's rows for these columns.
      output.z[0] = d;
      panel_forward<T, T>(dlogits, {&output, 1});
      if (step.pull > 0) add_pull(p, step, d);
      output.z[0] = y_.data() + p * stride_;
      panel_update<T, T>(dlogits, {&output, 1}, step.adamw, member.scratch.data());
      PanelNormGradient<T> gradient;
      panel_norm_backward(panel->norm(), member.saved[p], step.rows(), z_.data() + p * stride_,
                          dropout_scale, d, gradient);
      const auto adamw = [&](const typename FusionPanels<T>::Parameter& parameter, const T* g) {
        panel_adamw(step.adamw, kPanel, parameter.w, g, parameter.m, parameter.v);
      };
      adamw(panel->linear_bias, gradient.linear_bias);
      adamw(panel->norm_weight, gradient.weight);
      adamw(panel->norm_bias, gradient.bias);
    }
    const BranchShape& branch = branches()[b];
    if (!step.slope.empty()) {
      slope_of_lambda(member, b, {step.slope.data(), step.rows(), branch.offset, branch.inputs});
    }
    const PanelInput<float> x{step.features.data(), step.rows(), branch.offset, branch.inputs};
    panel_update<T, float>(x, Member::point(group, panels().data(), d_.data(), stride_), step.adamw,
                           member.scratch.data());
  }
}

template <class T>
BasicMatrix<T> FusionEngine<T>::logits(std::span<const float* const> rows, int threads) const {
  constexpr int64_t kChunk = 128;
  const auto count = static_cast<int64_t>(rows.size());
  const auto panel_count = static_cast<int64_t>(panels().size());
  BasicMatrix<T> out(count, shape().outputs());
  const int64_t chunks = (count + kChunk - 1) / kChunk;
  parallel_for(chunks, threads, [&](int64_t chunk, int) {
    const int64_t begin = chunk * kChunk;
    const int64_t size = std::min(kChunk, count - begin);
    const int64_t stride = kChunk * kPanel + kPanelSpacing<T>;
    AlignedVector<T> z(static_cast<size_t>(panel_count * stride));
    std::vector<const T*> y, w;
    Member all(branches().size(), 0);
    for (const Panel& panel : panels()) {
      all.add(panel);
      y.push_back(z.data() + static_cast<int64_t>(y.size()) * stride);
      w.push_back(panel.output.w);
    }
    for (size_t b = 0; b < branches().size(); ++b) {
      auto& group = all.groups[b];
      const PanelInput<float> x{rows.data() + begin, size, branches()[b].offset,
                                branches()[b].inputs};
      panel_forward<T, float>(x, Member::point(group, panels().data(), z.data(), stride));
      for (const Panel* panel : group.panels) {
        panel_norm_evaluate(panel->norm(), size, z.data() + (panel - panels().data()) * stride);
      }
    }
    panel_logits(y.data(), w.data(), panel_count, weights_.output_bias().w, shape().outputs(), 0,
                 size, out.row(begin));
  });
  return out;
}

template class FusionEngine<float>;
template class FusionEngine<double>;

}  // namespace puente
