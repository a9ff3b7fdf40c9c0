// The report, opened from a file as a double-click does: whole, by keyboard, on a phone, on paper, as saved figures.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { HOSTILE } from "../hostile";
import { made_document, with_document } from "../made_document";
import { scroll_through, SPHERE, url, write } from "./report_files";
import { accessibility, eventually, PAGES, sideways, start_browser, Tests, watched } from "./support";

const tests = new Tests();
let browser: Browser;
let folder: string;
let small: string;

async function start(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), "puente-report-"));
  small = write(folder, "small.html", { rows: 300, classes: HOSTILE });
  browser = await start_browser();
}

async function end(): Promise<void> {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true });
}

tests.add(
  "opens from a file, asks nothing of anybody, complains of nothing, and takes no name for markup",
  async () => {
    const { page, requests, complaints, close } = await watched(browser);
    await page.goto(url(small));
    await page.locator("h1").waitFor();
    await scroll_through(page);
    // Every table, too.
    await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
    await page.waitForTimeout(200);
    assert.deepEqual(requests, [url(small)]);
    assert.deepEqual(complaints, []);
    assert.equal(await page.title(), "A made-up result – puente report");
    assert.equal(await page.locator("img[onerror]").count(), 0);
    assert.equal(await page.locator("main script").count(), 0);
    assert.ok((await page.locator("body").innerText()).includes(HOSTILE[0]!));
    const charts = page.locator(".chart");
    assert.ok((await charts.count()) >= 8);
    assert.equal(await charts.locator("canvas, svg").count(), await charts.count());
    // What an interval is of is said as the results say it.
    const caption = page
      .locator("figure", { has: page.locator('[data-figure="scores-against-lambda"]') })
      .locator("figcaption");
    assert.match(await caption.innerText(), /Bands: 95 % over the seeds \(Student's t\)\./);
    // Leaks come first, the worst of them first.
    assert.match(
      await page.locator("main li").first().innerText(),
      /Leak[^]*12 pictures are in training and test/,
    );
    await close();
  },
);

tests.add("works by keyboard, and names what it shows for screen readers", async () => {
  const { page, complaints, close } = await watched(browser);
  await page.goto(url(small));
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to the report");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "main");

  const slider = page.locator("input[type=range]");
  await slider.focus();
  const was = Number(await slider.inputValue());
  await page.keyboard.press("ArrowLeft");
  assert.ok(Math.abs(Number(await slider.inputValue()) - (was - 0.01)) < 1e-9);
  assert.equal(await slider.getAttribute("aria-valuetext"), `λ = ${(was - 0.01).toFixed(2)}`);

  const sphere = page.locator(SPHERE);
  await sphere.scrollIntoViewIfNeeded();
  await sphere.locator("canvas").first().waitFor();
  const picture = () =>
    sphere
      .locator("canvas")
      .first()
      .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  await sphere.focus();
  const still = await picture();
  await page.keyboard.press("ArrowRight");
  await eventually(async () => assert.notEqual(await picture(), still));
  await page.keyboard.press("Home");
  await eventually(async () => assert.equal((await picture()) === still, true));
  const box = (await sphere.boundingBox())!;
  await page.mouse.move(box.x + 200, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(box.x + 260, box.y + 220);
  await page.mouse.up();
  await eventually(async () => assert.notEqual(await picture(), still));

  assert.deepEqual(await page.locator(".chart:not([aria-label])").count(), 0);
  await scroll_through(page);
  assert.deepEqual(await accessibility(page), []);
  assert.deepEqual(complaints, []);
  await close();
});

tests.add("figures are saved as SVG and PNG that hold something and no markup of names", async () => {
  const { page, close } = await watched(browser);
  await page.goto(url(small));
  for (const name of ["Confusion matrix", "ROC", "Both modalities in two joint components (figure 2)"]) {
    const saved = async (kind: string) => {
      const waiting = page.waitForEvent("download");
      await page
        .getByRole("button", { name: `${name}: save as ${kind}`, exact: true })
        .first()
        .click();
      return readFileSync((await (await waiting).path())!);
    };
    const svg = (await saved("SVG")).toString("utf8");
    assert.match(svg, /^<svg[^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    assert.ok(svg.length > 2000, name);
    assert.doesNotMatch(svg, /<(img|script|foreignObject)\b/);
    const parsed = await page.evaluate((text) => {
      const document = new DOMParser().parseFromString(text, "image/svg+xml");
      return document.querySelector("parsererror")?.textContent ?? "";
    }, svg);
    assert.equal(parsed, "", name);
    const png = await saved("PNG");
    assert.equal(png.subarray(1, 4).toString(), "PNG");
    assert.ok(png.readUInt32BE(16) === 1800 && png.length > 5000, `${name}: ${png.length} bytes`);
  }
  await close();
});

tests.add("fits a phone, in the dark too", async () => {
  const { page, complaints, close } = await watched(browser, {
    viewport: { width: 390, height: 844 },
    colorScheme: "dark",
    hasTouch: true,
  });
  await page.goto(url(small));
  await scroll_through(page);
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
  assert.equal(await sideways(page), 0);
  const dark = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  assert.equal(dark, "rgb(20, 24, 28)");
  assert.deepEqual(await accessibility(page), []);
  assert.deepEqual(complaints, []);
  await close();
});

tests.add("prints light, with every chart and without what only a screen needs", async () => {
  const { page, close } = await watched(browser, { colorScheme: "dark" });
  await page.goto(url(small));
  await page.locator("h1").waitFor();
  await page.evaluate(() => {
    // After the page's own listeners, so what is there is what is printed.
    addEventListener("beforeprint", () => {
      const count = (what: string) => document.querySelectorAll(what).length;
      (window as unknown as { printed: unknown }).printed = {
        missing: count(".chart:not(:has(canvas, svg))"),
        light_words: count('.chart text[fill="#e6e9ec"]'),
        closed: count("details:not(.data):not([open])"),
      };
    });
  });
  const pdf = await page.pdf({ format: "A4" });
  assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
  assert.ok(pdf.length > 60_000, `${pdf.length} bytes`);
  // Nothing was scrolled to: printing itself drew the charts, and in dark ink.
  const printed = await page.evaluate(() => (window as unknown as { printed: unknown }).printed);
  assert.deepEqual(printed, { missing: 0, light_words: 0, closed: 0 });
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("nav").isVisible(), false);
  assert.equal(await page.locator(".tools").first().isVisible(), false);
  assert.equal(
    await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--page").trim()),
    "#ffffff",
  );
  await close();
});

tests.add("two data sets stand side by side", async () => {
  const two = write(folder, "two.html", { rows: 50, name: "ham10000" }, { rows: 40, name: HOSTILE[1]! });
  const { page, complaints, requests, close } = await watched(browser);
  await page.goto(url(two));
  await page.locator('[data-figure="data-sets"] canvas').first().waitFor();
  await scroll_through(page);
  assert.ok((await page.locator("main").innerText()).includes(HOSTILE[1]!));
  // Ids are there once, also where each data set has the same sections.
  const ids = await page.evaluate(() => [...document.querySelectorAll("[id]")].map((one) => one.id));
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(complaints, []);
  assert.deepEqual(requests, [url(two)]);
  await close();
});

tests.add("a page without results says so, and so does one of a format to come", async () => {
  const { page, complaints, close } = await watched(browser);
  await page.goto(url(join(PAGES, "report.html")));
  assert.match(await page.locator("main").innerText(), /holds no results/);
  const later = join(folder, "later.html");
  writeFileSync(
    later,
    with_document(readFileSync(join(PAGES, "report.html"), "utf8"), {
      ...made_document({ rows: 5 }),
      version: 2,
    }),
  );
  await page.goto(url(later));
  assert.match(await page.locator("main").innerText(), /format 2; this page reads format 1/);
  assert.deepEqual(complaints, []);
  await close();
});

tests.run("report", start, end);
