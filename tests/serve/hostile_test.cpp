#include "hostile.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "hostile_run.h"
#include "serve/http_server.h"
#include "served.h"

namespace puente::serve {
namespace {

// A million of them: tests/serve/hostile_main.cpp.
TEST(HostileCalls, AreRefusedAndChangeNoOtherAnswer) {
  test::ReadyApi api({.limits = {.body_bytes = 1 << 20, .pixels = 1 << 20}, .threads = 2});
  const test::HostileOutcome outcome =
      test::run_hostile_calls(api, {.seed = 1, .first = 0, .count = 3000, .threads = 4});
  EXPECT_EQ(outcome.done, 3000u);
  EXPECT_GT(outcome.answered_well, 100u);
  EXPECT_TRUE(outcome.wrong.empty()) << fmt::format("{}", fmt::join(outcome.wrong, "\n"));
}

TEST(HostileBytes, AreRefusedAndChangeNoOtherAnswer) {
  test::ReadyApi api(
      {.limits = {.body_bytes = 1 << 20, .pixels = 1 << 20, .seconds = 20}, .threads = 2});
  HttpServer server(api, nullptr);
  const int port = server.start({"127.0.0.1", 0});
  const test::HostileOutcome outcome =
      test::run_hostile_bytes(port, {.seed = 2, .first = 0, .count = 600, .threads = 4});
  EXPECT_EQ(outcome.done, 600u);
  EXPECT_GT(outcome.answered_well, 20u);
  EXPECT_TRUE(outcome.wrong.empty()) << fmt::format("{}", fmt::join(outcome.wrong, "\n"));
}

TEST(HostileCalls, AreTheSameForASeed) {
  for (uint64_t i = 0; i < 50; ++i) {
    EXPECT_EQ(test::hostile_call(3, i).call.body, test::hostile_call(3, i).call.body);
    EXPECT_EQ(test::hostile_bytes(3, i).bytes, test::hostile_bytes(3, i).bytes);
  }
  EXPECT_NE(test::hostile_bytes(3, 1).bytes, test::hostile_bytes(4, 1).bytes);
}

}  // namespace
}  // namespace puente::serve
