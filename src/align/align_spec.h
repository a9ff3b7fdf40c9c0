// AlignSpec: an alignment as a person writes it: steps joined with '+', applied in that order.
//   none                  nothing; stands alone
//   normalise             each modality's rows divided by their length
//   centre                minus the modality's mean
//   standardise           each coordinate minus its mean, divided by its standard deviation
//   whiten                minus the mean, times the inverse root of the covariance
//   shift:L               the two means moved towards each other by the share L
//   shift-printed:L       the same as the paper prints it, with a number instead of a direction
//   shift-interpolated:L  shift of vectors of two sizes, the smaller stretched as the authors do
//   shift-learned         shift whose L the classifier learns; the last step but for regularised
//   procrustes            text turned towards image
//   ridge                 text replaced by what it predicts of image
//   cca:K, pca:K          K numbers per modality
//   noise:S, noise        S / sqrt(d) times normal noise, on training rows, anew in every step
//   noise:paper           the same with 1 per coordinate
//   regularised:W         W times the distance of the branches of late-joint fusion, in the loss
//   paper:L, paper        noise:paper+shift-printed:L+regularised:1, its steps in order; L 1
// What each does to the numbers is said in align/fit_step.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace puente {

enum class AlignKind {
  normalise,
  centre,
  standardise,
  whiten,
  shift,
  shift_printed,
  shift_interpolated,
  shift_learned,
  procrustes,
  ridge,
  cca,
  pca,
  noise,
  noise_paper,
  regularised,
};

/// Of whatever kind.
bool is_shift(AlignKind kind);
bool is_noise(AlignKind kind);
/// Does it bring the two modalities together? With one alone there is no such step.
bool needs_both(AlignKind kind);

struct AlignStep {
  AlignKind kind = AlignKind::normalise;
  double strength = 0;  // L, K, S or W; 0 where the step has none
  bool operator==(const AlignStep&) const = default;
};

struct AlignSpec {
  std::vector<AlignStep> steps = {};  // none: the vectors as they are

  /// "none", "shift:0.4", "noise:0.1+shift:0.4". UserError lists the known steps, or says what is
  /// missing, is no number, or cannot stand where it stands.
  static AlignSpec parse(std::string_view text);
  std::string text() const;  // parse(text()) == *this
  bool has(AlignKind kind) const;
  /// W; 0 without regularised.
  double regularisation() const;
  /// What is left of it for one modality alone: shifts stop at their normalise; noise and what
  /// brings two together are left out.
  AlignSpec for_one_modality() const;
  /// For vectors of two sizes: shifts become shift-interpolated, up to a step that brings both to
  /// one size.
  AlignSpec interpolated() const;
  bool operator==(const AlignSpec&) const = default;
};

/// An alignment that a sweep tries with many lambdas, where one is left open: "shift",
/// "noise:0.1+shift-printed", "paper". Without an open one, it is tried once.
class AlignFamily {
 public:
  /// UserError as AlignSpec::parse().
  explicit AlignFamily(std::string_view text);
  const std::string& name() const { return name_; }
  bool is_open() const { return open_; }
  /// Every open lambda filled with this one.
  AlignSpec at(double lambda) const;

 private:
  std::string name_;
  bool open_ = false;
};

}  // namespace puente
