#include "serve/api.h"

#include <future>
#include <gtest/gtest.h>
#include <thread>

#include "predict/prediction_json.h"
#include "served.h"

namespace puente::serve {
namespace {

using test::get;
using test::post;

class TheApi : public testing::Test {
 protected:
  TheApi() : TheApi(ApiOptions{}) {}
  explicit TheApi(const ApiOptions& options) : api_(options) {}

  Reply ask(const Call& call) {
    Reply reply = api_.handle(call);
    EXPECT_EQ(test::undocumented(call, reply), "") << call.path << ": " << reply.body;
    return reply;
  }
  void expect_error(const Call& call, int status, std::string_view part) {
    const Reply reply = ask(call);
    EXPECT_EQ(reply.status, status) << reply.body;
    const auto message = Json::parse(reply.body)["error"]["message"].get<std::string>();
    EXPECT_NE(message.find(part), message.npos) << message;
    EXPECT_EQ(message.find('\n'), message.npos);
  }

  test::ReadyApi api_;
};

TEST_F(TheApi, AnswersEveryRouteAsItIsDescribed) {
  const Json paths = openapi_json()["paths"];
  for (const auto& [path, methods] : paths.items()) {
    if (!methods.contains("get")) continue;
    const Reply reply = ask(get(path));
    EXPECT_EQ(reply.status, 200) << path;
    Call head = get(path);
    head.method = "HEAD";
    EXPECT_EQ(ask(head).status, 200) << path;
  }
  EXPECT_EQ(ask(post("/v1/predict", test::record_of(0))).status, 200);
  EXPECT_EQ(ask(post("/v1/embeddings", Json{{"input", "a"}})).status, 200);
  EXPECT_EQ(paths.size(), 7u);
}

TEST_F(TheApi, PredictsWhatThePredictorSays) {
  EncoderWorker worker;
  for (const int64_t row : {0, 5, 11}) {
    const std::string picture = test::lesions().picture(row);
    const Record record{{std::as_bytes(std::span(picture))},
                        test::predictor().fill(test::lesions().fields(row)).text};
    const Outcome outcome = test::predictor()
                                .predict(test::encoder().encode(worker, {&record, 1}), {&record, 1})
                                .front();
    Json expected =
        Json::parse(prediction_json(test::predictor().labels(), outcome.prediction).dump());
    Json found = Json::parse(ask(post("/v1/predict", test::record_of(row))).body);
    EXPECT_GE(found["milliseconds"].get<double>(), 0);
    Json& prediction = found["predictions"][0];
    // The bundle's own caution comes first.
    ASSERT_EQ(prediction["cautions"].size(), 1u);
    EXPECT_NE(prediction["cautions"][0].get<std::string>().find("random numbers"),
              std::string::npos);
    prediction["cautions"].clear();
    expected["cautions"].clear();
    EXPECT_EQ(prediction, expected);
  }
}

TEST_F(TheApi, SaysWhatItsBundleIs) {
  const Json found = Json::parse(ask(get("/v1/bundle")).body);
  EXPECT_EQ(found["bundle"], "bundle");
  EXPECT_EQ(found["card"], "# A card");
  EXPECT_EQ(found["labels"].size(), 1u);
  EXPECT_GT(found["training"]["rows"], 0);
}

TEST_F(TheApi, AnswersABatchInItsOrder) {
  Json batch;
  for (int64_t row = 0; row < 20; ++row) batch["inputs"].push_back(test::record_of(row));
  const Json found = Json::parse(ask(post("/v1/predict", batch)).body);
  ASSERT_EQ(found["predictions"].size(), 20u);
  for (int64_t row = 0; row < 20; ++row) {
    const Json one = Json::parse(ask(post("/v1/predict", test::record_of(row))).body);
    EXPECT_EQ(found["predictions"][static_cast<size_t>(row)], one["predictions"][0]);
  }
  batch["inputs"][7]["image"] = "data:image/png;base64,AAAA";
  expect_error(post("/v1/predict", batch), 400, "input 7: image: not a picture");
}

TEST_F(TheApi, EmbedsInOpenAisForm) {
  const std::string picture = test::data_url(test::lesions().picture(2));
  const Json input = {{"model", "clip"}, {"input", {"a b", picture, "61, male"}}};
  const Json found = Json::parse(ask(post("/v1/embeddings", input)).body);
  EXPECT_EQ(found["model"], "clip");
  ASSERT_EQ(found["data"].size(), 3u);
  EXPECT_EQ(found["usage"]["prompt_tokens"], found["usage"]["total_tokens"]);
  EXPECT_GT(found["usage"]["prompt_tokens"], 6);
  const EmbeddingTable& table = test::lesions().table();
  EXPECT_EQ(found["data"][1]["embedding"].get<std::vector<float>>(),
            std::vector<float>(table.image.row(2), table.image.row(2) + table.image.cols()));
  Json coded = input;
  coded["encoding_format"] = "base64";
  const Json same = Json::parse(ask(post("/v1/embeddings", coded)).body);
  for (size_t i = 0; i < 3; ++i) {
    const auto floats = found["data"][i]["embedding"].get<std::vector<float>>();
    const std::string bytes = *from_base64(same["data"][i]["embedding"].get<std::string>());
    ASSERT_EQ(bytes.size(), floats.size() * sizeof(float));
    EXPECT_EQ(std::memcmp(bytes.data(), floats.data(), bytes.size()), 0);
  }
  expect_error(post("/v1/embeddings", Json{{"input", "a"}, {"model", "gpt"}}), 404, "bundle");
  expect_error(post("/v1/embeddings", Json{{"input", "a"}, {"dimensions", 3}}), 400, "16 numbers");
  expect_error(post("/v1/embeddings", Json{{"input", {1, 2}}}), 400, "lists of tokens");
  expect_error(post("/v1/embeddings", Json{{"input", Json::array()}}), 400, "an empty list");
  expect_error(post("/v1/embeddings", Json{{"input", "a"}, {"encoding_format", "int8"}}), 400,
               "float or base64");
}

TEST_F(TheApi, SaysWhatIsWrong) {
  const auto expect_bad = [this](const Json& body, std::string_view part) {
    expect_error(post("/v1/predict", body), 400, part);
  };
  const std::string image = test::record_of(0)["image"];
  expect_error(post("/v1/predict", std::string("{")), 400, "not JSON");
  expect_error(post("/v1/predict", std::string("")), 400, "not JSON");
  expect_error(post("/v1/predict", std::string("{\"text\":\"\\ud800\"}")), 400, "not JSON");
  expect_error(post("/v1/predict", std::string("{\"text\":\"\xff\"}")), 400, "not JSON");
  expect_error(post("/v1/predict", std::string("{\"text\":1e999}")), 400, "JSON");
  expect_error(post("/v1/predict", "{\"text\":\"a\",\"text\":\"b\"}" + std::string()), 400,
               "a key twice");
  expect_error(post("/v1/predict", std::string(20, '[') + std::string(20, ']')), 400,
               "deeper than 8");
  std::string wide = "[0";
  for (int i = 0; i < 30'000; ++i) wide += ",0";
  expect_error(post("/v1/predict", wide + "]"), 400, "more than 20000 values");
  expect_bad(Json::array(), "not a JSON object");
  expect_bad({{"imgae", image}}, "no such key: \"imgae\"");
  expect_bad({{"text", "a"}}, "the bundle needs a picture");
  expect_bad({{"image", image}}, "the bundle needs a text");
  expect_bad({{"image", image}, {"text", 3}}, "text: not a text");
  expect_bad({{"image", "/etc/passwd"}, {"text", "a"}}, "not a data URL");
  expect_bad({{"image", "file:///etc/passwd"}, {"text", "a"}}, "not a data URL");
  expect_bad({{"image", "data:image/png;base64,%%%%"}, {"text", "a"}}, "not base64");
  expect_bad({{"image", "data:image/png;base64,"}, {"text", "a"}}, "empty");
  expect_bad({{"image", {image, image}}, {"text", "a"}},
             "2 pictures, and the bundle takes at most 1");
  expect_bad({{"image", image}, {"text", "a"}, {"fields", {{"age", "1"}}}}, "text or fields");
  expect_bad({{"image", image}, {"fields", {{"aeg", "1"}}}}, "no field 'aeg'");
  expect_bad({{"image", image}, {"fields", {{"age", "old"}}}}, "field 'age': 'old'");
  expect_bad({{"image", image}, {"fields", {{"age", {1}}}}}, "fields: not a text");
  expect_bad({{"inputs", Json::array()}}, "an empty list");
  expect_error(post("/v1/predict", {{"image", image}, {"text", std::string(70'000, 'a')}}), 413,
               "more than 65536 bytes");
  Json many;
  for (int i = 0; i < 33; ++i) many["inputs"].push_back({{"text", "a"}});
  expect_error(post("/v1/predict", many), 413, "33 inputs, and a request may have 32");
}

TEST_F(TheApi, SaysWhatIsWrongBeforeTheBody) {
  expect_error(get("/etc/passwd"), 404, "no such path");
  expect_error(get("/v1/predict"), 405, "with POST");
  Call call = post("/health", std::string("{}"));
  expect_error(call, 405, "with GET");
  call = post("/v1/predict", std::string("{}"));
  call.content_type = "text/plain";
  expect_error(call, 415, "application/json");
  call.content_type = "application/json; charset=utf-8";
  expect_error(call, 400, "needs a picture");
  call.content_encoding = "gzip";
  expect_error(call, 415, "without a Content-Encoding");
  call.content_encoding.clear();
  call.content_length.reset();
  expect_error(call, 411, "Content-Length");
  call.content_length = int64_t{1} << 40;
  expect_error(call, 413, "a body of more than");
  EXPECT_FALSE(api_.before_body(post("/v1/predict", std::string("{}"))));
  api_.stop();
  expect_error(post("/v1/predict", std::string("{}")), 503, "stopping");
  expect_error(get("/health"), 503, "stopping");
}

TEST_F(TheApi, SendsNoPageElsewhere) {
  const Reply page = api_.handle(get("/"));
  EXPECT_EQ(page.type, "text/html; charset=utf-8");
  std::string policy;
  for (const auto& [name, value] : page.headers) {
    if (name == "Content-Security-Policy") policy = value;
  }
  EXPECT_NE(policy.find("default-src 'none'"), policy.npos) << policy;
  EXPECT_NE(policy.find("frame-ancestors 'none'"), policy.npos);
  EXPECT_EQ(policy.find("unsafe"), policy.npos);
}

TEST(AnApiWithAToken, AsksForIt) {
  test::ReadyApi api({.token = "0123456789abcdef"});
  for (const char* path : {"/", "/health", "/openapi.json"}) {
    EXPECT_EQ(api.handle(get(path)).status, 200) << path;
  }
  for (const char* path : {"/metrics", "/v1/bundle", "/else"}) {
    EXPECT_EQ(api.handle(get(path)).status, 401) << path;
    for (const char* wrong :
         {"0123456789abcdef", "Bearer", "Bearer ", "Bearer 0123456789abcde",
          "Bearer 0123456789abcdeg", "Bearer 0123456789abcdef0", "Basic 0123456789abcdef"}) {
      Call call = get(path);
      call.authorization = wrong;
      EXPECT_EQ(api.handle(call).status, 401) << wrong;
    }
  }
  Call call = post("/v1/predict", test::record_of(0));
  EXPECT_EQ(api.handle(call).status, 401);
  call.authorization = "Bearer 0123456789abcdef";
  EXPECT_EQ(api.handle(call).status, 200);
}

TEST(AnApiOnLoopback, RefusesOtherNames) {
  test::ReadyApi api({.only_local_host = true});
  for (const char* host :
       {"localhost", "LOCALHOST:80", "127.0.0.1:8080", "127.9.9.9", "[::1]:80"}) {
    Call call = get("/");
    call.host = host;
    EXPECT_EQ(api.handle(call).status, 200) << host;
  }
  for (const char* host : {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                           "10.0.0.1", "[::1].evil", "[::2]", "[::1", "::1"}) {
    Call call = get("/");
    call.host = host;
    EXPECT_EQ(api.handle(call).status, 400) << host;
  }
}

TEST(AnApiOfFewPlaces, RefusesMoreThanItsPlacesAtOnce) {
  test::ReadyApi api({.limits = {.requests = 2}});
  const Call call = post("/v1/predict", test::record_of(0));
  const Api::Place one(api, call), two(api, call);
  EXPECT_TRUE(two);
  const Reply reply = api.handle(post("/v1/predict", test::record_of(0)));
  ASSERT_EQ(reply.status, 429);
  EXPECT_EQ(reply.headers.front(), std::pair(std::string("Retry-After"), std::string("1")));
  EXPECT_EQ(api.handle(get("/health")).status, 200);
}

TEST(AnApiOfFewPlaces, CountsTheBytesOfBodiesToo) {
  test::ReadyApi api({.limits = {.body_bytes = 1000}});
  Call large = post("/v1/predict", std::string("{}")), small = large;
  large.content_length = 7990;
  {
    const Api::Place place(api, large);
    EXPECT_TRUE(place);
    EXPECT_EQ(api.handle(small).status, 400);
    small.content_length = 20;
    EXPECT_EQ(api.handle(small).status, 429);
  }
  EXPECT_EQ(api.handle(small).status, 400);
}

TEST(AnApiInAHurry, SaysWhenItIsNotDoneInTime) {
  test::ReadyApi api({.limits = {.seconds = 1e-9}});
  const Call call = post("/v1/embeddings", Json{{"input", "never seen before"}});
  const Reply reply = api.handle(call);
  EXPECT_EQ(reply.status, 504) << reply.body;
  EXPECT_EQ(test::undocumented(call, reply), "");
}

TEST(AnApiWithAPixelLimit, RefusesLargerPictures) {
  const RecordEncoder fresh(test::predictor().how());
  Api api(test::served(), {.limits = {.pixels = 40 * 28 - 1}});
  api.open(fresh);
  const Reply reply = api.handle(post("/v1/predict", test::record_of(0)));
  EXPECT_EQ(reply.status, 400);
  EXPECT_NE(reply.body.find("40 x 28 pixels; larger than 1119 pixels"), std::string::npos)
      << reply.body;
}

class AnApiWhoseEncoderIsNotThereYet : public testing::Test {
 protected:
  /// What the call is answered with, once it waits.
  std::future<Reply> waiting_for(const Call& call) {
    std::future<Reply> reply =
        std::async(std::launch::async, [&, call] { return api_.handle(call); });
    while (api_.metrics().under_way == 0) std::this_thread::yield();
    EXPECT_EQ(reply.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
    return reply;
  }

  Api api_{test::served(), {}};
  const Call predict_ = post("/v1/predict", test::record_of(0));
  const Call embed_ = post("/v1/embeddings", Json{{"input", "a"}});
};

TEST_F(AnApiWhoseEncoderIsNotThereYet, ShowsThePageAndSaysSo) {
  EXPECT_EQ(api_.handle(get("/")).status, 200);
  const Reply health = api_.handle(get("/health"));
  EXPECT_EQ(health.status, 503);
  EXPECT_NE(health.body.find("still being loaded"), std::string::npos);
  const auto bundle = [&] {
    const Reply reply = api_.handle(get("/v1/bundle"));
    EXPECT_EQ(test::undocumented(get("/v1/bundle"), reply), "");
    return Json::parse(reply.body);
  };
  Json before = bundle();
  EXPECT_EQ(before["ready"], false);
  EXPECT_TRUE(before["image"]["dim"].is_null());
  EXPECT_TRUE(before["text"]["tokens"].is_null());
  api_.open(test::encoder());
  EXPECT_EQ(api_.handle(get("/health")).status, 200);
  Json after = bundle();
  EXPECT_EQ(after["image"]["dim"], test::encoder().image_dim());
  EXPECT_EQ(after["text"]["dim"], test::encoder().text_dim());
  EXPECT_EQ(after["text"]["tokens"], test::encoder().max_tokens());
  EXPECT_EQ(after["ready"], true);
  // And all else was known before.
  for (Json* json : {&before, &after}) {
    json->erase("ready");
    (*json)["image"].erase("dim");
    for (const char* key : {"dim", "tokens"}) (*json)["text"].erase(key);
  }
  EXPECT_EQ(before, after);
}

TEST_F(AnApiWhoseEncoderIsNotThereYet, AnswersWhenItIs) {
  std::future<Reply> prediction = waiting_for(predict_), embedding = waiting_for(embed_);
  api_.open(test::encoder());
  EXPECT_EQ(prediction.get().status, 200);
  EXPECT_EQ(embedding.get().status, 200);
}

TEST_F(AnApiWhoseEncoderIsNotThereYet, RefusesWhatWaitsWhenItStops) {
  std::future<Reply> prediction = waiting_for(predict_);
  api_.stop();
  // Long before its deadline.
  ASSERT_EQ(prediction.wait_for(std::chrono::seconds(15)), std::future_status::ready);
  const Reply reply = prediction.get();
  EXPECT_EQ(reply.status, 503);
  EXPECT_NE(reply.body.find("stopping"), std::string::npos);
}

TEST(AnApiInAHurry, DoesNotWaitForItsEncoderLongerThanForAnAnswer) {
  Api api(test::served(), {.limits = {.seconds = 0.01}});
  const Call call = post("/v1/predict", test::record_of(0));
  const Reply reply = api.handle(call);
  EXPECT_EQ(reply.status, 503);
  EXPECT_NE(reply.body.find("still being loaded"), std::string::npos);
  EXPECT_EQ(test::undocumented(call, reply), "");
}

TEST(AnApiWithoutABundle, Embeds) {
  EmbedRequest how;
  how.job.texts = TextInput{Prompt::of_column("text")};
  how.text_encoder.folder = (test::lesions() / "clip").string();
  const RecordEncoder encoder(how);
  Served alone;
  alone.how = &how;
  alone.page = serve_page();
  Api api(alone, {});
  api.open(encoder);
  for (const Call& call : {get("/v1/bundle"), post("/v1/embeddings", Json{{"input", "a"}})}) {
    const Reply reply = api.handle(call);
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(test::undocumented(call, reply), "");
  }
  EXPECT_TRUE(Json::parse(api.handle(get("/v1/bundle")).body)["bundle"].is_null());
  EXPECT_EQ(api.handle(post("/v1/predict", test::record_of(0))).status, 404);
  EXPECT_EQ(api.handle(post("/v1/embeddings", Json{{"input", test::record_of(0)["image"]}})).status,
            400);
}

TEST(AnApi, AnswersManyAtOnceAsItAnswersOne) {
  test::ReadyApi api({.limits = {.requests = 1000}, .threads = 2});
  const auto answers = [&](const std::vector<int64_t>& rows) {
    Json batch;
    for (const int64_t row : rows) batch["inputs"].push_back(test::record_of(row));
    return Json::parse(api.handle(post("/v1/predict", batch)).body)["predictions"];
  };
  std::vector<Json> expected;
  for (int64_t row = 0; row < 12; ++row) expected.push_back(answers({row})[0]);
  // A worker takes records of several requests at a time.
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int64_t i = 0; i < 12; ++i) {
        const std::vector<int64_t> rows = {(i + t) % 12, i, (i + 5 * t) % 12};
        const Json found = answers(rows);
        for (size_t r = 0; r < rows.size(); ++r) {
          wrong += found[r] != expected[static_cast<size_t>(rows[r])];
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace puente::serve
