// Colours that people see apart who see colours otherwise (Okabe and Ito 2008), on white.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace puente {

inline constexpr std::string_view kOrange = "#E69F00";
inline constexpr std::string_view kBlue = "#0072B2";
inline constexpr std::string_view kVermillion = "#D55E00";
inline constexpr std::string_view kGreen = "#009E73";
inline constexpr std::string_view kInk = "#1a1a1a";
inline constexpr std::string_view kGray = "#6b6b6b";
inline constexpr std::string_view kPale = "#e3e3e3";

inline constexpr std::string_view kImageColour = kOrange;  // as the paper has them
inline constexpr std::string_view kTextColour = kBlue;

/// Of the i-th of some curves, and its dashes, which begin where the colours begin again.
std::string_view series_colour(size_t i);
std::string_view series_dashes(size_t i);

/// From white, at 0, to a dark blue, at 1.
std::string shade(double share);
/// Black or white, whichever is read on shade(share).
std::string_view ink_on_shade(double share);

}  // namespace puente
