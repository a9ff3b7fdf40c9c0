// The cases that the scripts in tools/ write: texts, and the ids that the reference gives them.
#pragma once

#include <atomic>
#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "support/files.h"
#include "text/tokenizer.h"

namespace puente::test {

constexpr int64_t kNoLimit = 1 << 20;

inline void expect_golden(const Tokenizer& tokenizer, const std::filesystem::path& path) {
  const auto json = nlohmann::json::parse(read_text(path));
  ASSERT_GT(json["cases"].size(), 250u);
  for (const auto& one : json["cases"]) {
    const auto text = one["text"].get<std::string>();
    const TokenizedText got = tokenizer.encode(text, kNoLimit);
    EXPECT_EQ(got.ids, one["ids"].get<std::vector<int32_t>>()) << "text: " << one["text"];
    EXPECT_EQ(got.length, static_cast<int64_t>(got.ids.size()));
    EXPECT_EQ(got.full_length, got.length);
    EXPECT_FALSE(got.truncated());
  }
  ASSERT_GT(json["truncated"].size(), 10u);
  for (const auto& one : json["truncated"]) {
    const auto text = one["text"].get<std::string>();
    const auto side = one["side"] == "left" ? Truncate::start : Truncate::end;
    const TokenizedText got = tokenizer.encode(text, one["max"].get<int64_t>(), side);
    EXPECT_EQ(got.ids, one["ids"].get<std::vector<int32_t>>()) << one;
    EXPECT_EQ(got.full_length, tokenizer.encode(text, kNoLimit).full_length);
    EXPECT_EQ(got.truncated(), got.full_length > one["max"].get<int64_t>());
  }
}

/// A tokenizer is shared by the threads that embed.
inline void expect_threads_agree(const Tokenizer& tokenizer, std::string_view text) {
  const std::vector<int32_t> expected = tokenizer.encode(text, 77).ids;
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) wrong += tokenizer.encode(text, 77).ids != expected;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace puente::test
