// Random texts for comparing two tokenizers: letters of many scripts, blanks in runs, digits, byte
// and control tokens spelled out, invalid UTF-8, prompts of a template.
#pragma once

#include <string>
#include <string_view>

#include "base/rng.h"
#include "text/unicode.h"

namespace puente::test {

inline std::string random_prompt(Rng& rng) {
  constexpr std::string_view kHow[] = {"histo", "follow_up", "consensus", "confocal"};
  constexpr std::string_view kSites[] = {"back", "lower extremity", "scalp", "ear", "unknown"};
  return "Diagnosed by " + std::string(kHow[rng.below(4)]) +
         ". Age: " + std::to_string(rng.below(100)) +
         " years. Sex: " + (rng.below(2) == 0 ? "male" : "female") +
         ". Site: " + std::string(kSites[rng.below(5)]) + ".";
}

inline std::string random_part(Rng& rng) {
  constexpr std::string_view kSpelled[] = {"</s>",          "<s>",
                                           "<unk>",         "<0x0A>",
                                           "<0x",           "\u2581",
                                           "<img>",         "years",
                                           "the",           " the ",
                                           "ing",           "\r\n",
                                           "http://a.b/?c", "e\u0301",
                                           "\u200d",        "\ufeff",
                                           "1000",          "0.5",
                                           "-----",         "==========",
                                           "(((",           "\xff",
                                           "\xe2\x96",      "\xed\xa0\x80",
                                           "\xc0",          "\xf4\x90\x80\x80"};
  struct Block {
    char32_t first, last;
  };
  constexpr Block kBlocks[] = {
      {'a', 'z'},       {'a', 'z'},       {'A', 'Z'},         {'0', '9'},
      {' ', '~'},       {0, 0x1f},        {0x7f, 0x24f},      {0x300, 0x36f},
      {0x370, 0x52f},   {0x590, 0x6ff},   {0x900, 0x97f},     {0x1e00, 0x206f},
      {0x2500, 0x25ff}, {0x3040, 0x30ff}, {0x4e00, 0x4fff},   {0xac00, 0xacff},
      {0xe000, 0xe010}, {0xfff0, 0xffff}, {0x1f600, 0x1f64f}, {0x10fff0, 0x10ffff}};
  switch (rng.below(8)) {
    case 0:
      return std::string(kSpelled[rng.below(std::size(kSpelled))]);
    case 1:
      return std::string(1 + rng.below(rng.below(10) == 0 ? 200 : 6), ' ');
    case 2: {
      std::string bytes;
      for (uint64_t i = rng.below(5); i > 0; --i) bytes += static_cast<char>(rng.below(256));
      return bytes;
    }
    default: {
      std::string letters;
      const Block block = kBlocks[rng.below(std::size(kBlocks))];
      for (uint64_t i = 1 + rng.below(12); i > 0; --i) {
        append_utf8(static_cast<char32_t>(block.first + rng.below(block.last - block.first + 1)),
                    letters);
      }
      return letters;
    }
  }
}

inline std::string random_text(Rng& rng) {
  if (rng.below(10) == 0) return random_prompt(rng);
  std::string text;
  for (uint64_t i = rng.below(12); i > 0; --i) text += random_part(rng);
  if (rng.below(20) == 0) text += text;
  return text;
}

}  // namespace puente::test
