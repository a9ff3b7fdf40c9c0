import assert from "node:assert/strict";
import { test } from "node:test";
import { count, interval, megabytes, percent, score, seconds, signed } from "../../src/common/format";
import { at, read_document } from "../../src/report/document";
import { legend_height } from "../../src/report/figures/legend";
import { picture_reference } from "../../src/report/geometry/picture";
import { words_for } from "../../src/serve/api";

test("pictures are looked for below the results' folder only", () => {
  assert.equal(picture_reference("images", "a b.png"), "./images/a%20b.png");
  assert.equal(picture_reference("../images/", "sub/a#1.png"), "./../images/sub/a%231.png");
  assert.equal(picture_reference("/data/images", "a.png"), "/data/images/a.png");
  for (const [folder, name] of [
    ["images", "../../etc/passwd"],
    ["images", "/etc/passwd"],
    ["images", "a/../../b"],
    ["//server/share", "a.png"],
    ["\\\\server\\share", "a.png"],
    ["images", "..\\a.png"],
    ["https://example.org", "a.png"],
    ["javascript:alert(1)//", "a.png"],
    ["file:///etc", "passwd"],
    ["a/../..", "b.png"],
    ["images", ""],
    ["images", "."],
    ["images", "a\n.png"],
    [null, "a.png"],
  ] as const)
    assert.equal(picture_reference(folder, name), null, `${folder} ${name}`);
  // What looks like an address is a name in the folder.
  assert.equal(picture_reference("images", "http://x/y.png"), "./images/http%3A/x/y.png");
});

test("numbers as people read them", () => {
  assert.equal(score(0.79166), "0.792");
  assert.equal(score(-0.5, 2), "−0.50");
  assert.equal(score(null), "–");
  assert.equal(score(Number.NaN), "–");
  assert.equal(signed(0.0246), "+0.025");
  assert.equal(signed(-0.0246), "−0.025");
  assert.equal(interval([0.7069, 0.8618]), "0.707 to 0.862");
  assert.equal(interval([0.7, null]), "–");
  assert.equal(count(13012), "13,012");
  assert.equal(percent(0.0651), "6.5 %");
  assert.equal(seconds(0.0021309), "0.00213 s");
  assert.equal(seconds(1.544), "1.54 s");
  assert.equal(seconds(538.4), "8 min 58 s");
  assert.equal(seconds(119.96), "120 s");
  assert.equal(seconds(7199.9), "2 h 0 min");
  assert.equal(megabytes(2 ** 20 * 0.5), "0.500");
});

test("documents are looked into by their own fields only", () => {
  assert.equal(at({ a: [{ b: 1 }] }, "a", 0, "b"), 1);
  assert.equal(at({}, "constructor"), undefined);
  assert.equal(at({ a: 1 }, "a", "b"), undefined);
  assert.equal(read_document("null"), null);
  assert.throws(() => read_document('{"format":"else"}'), /not those of a puente report/);
  assert.throws(() => read_document('{"format":"puente report","version":2,"results":[]}'), /format 2/);
});

test("a legend takes as many lines as its names need", () => {
  assert.equal(legend_height(["a", "b"], 800), legend_height(["a"], 800));
  assert.ok(legend_height(new Array<string>(12).fill("a long name of a class"), 390) > 4 * 22);
});

test("a server's errors are said in plain words", () => {
  assert.match(words_for(413, "the body has 9 bytes"), /no request of this size.* 9 bytes/);
  assert.match(
    words_for(429, "queue"),
    /^The server has as much to do as it takes\. Try again in a moment\.$/,
  );
  assert.equal(words_for(503, "the encoder is still being loaded"), "the encoder is still being loaded");
  assert.equal(words_for(400, "line 1: no image"), "line 1: no image");
  assert.equal(words_for(418, ""), "The server answered with status 418.");
});
