// The pages as the program gives them: its report of its own demo, and its server. PUENTE names the program.
import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { accessibility, sideways, start_browser, watched, Tests } from "./support";

const PUENTE = process.env["PUENTE"] ?? "";

const commands = existsSync(PUENTE) ? spawnSync(PUENTE, ["--help"], { encoding: "utf8" }).stdout : "";
const has = (command: string) => new RegExp(`^ +${command} `, "m").test(commands);

const WHY_NOT: Record<"serve" | "report", string | false> = {
  serve: has("serve") ? false : "no program with `serve`",
  report: has("report") ? false : "no program with `report`",
};

const tests = new Tests();
let browser: Browser;
let folder: string;

function puente(...words: string[]): void {
  const run = spawnSync(PUENTE, words, { cwd: folder, encoding: "utf8" });
  assert.equal(run.status, 0, `puente ${words.join(" ")}\n${run.stderr}`);
}

async function start(): Promise<void> {
  if (WHY_NOT.serve && WHY_NOT.report) return;
  folder = mkdtempSync(join(tmpdir(), "puente-program-"));
  puente("demo", "--out", "demo", "--quiet");
  browser = await start_browser();
}

async function end(): Promise<void> {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true });
}

tests.add(
  "the report of the demo, as the program writes it",
  async () => {
    puente("report", "demo", "--out", "report.html", "--quiet");
    const url = pathToFileURL(join(folder, "report.html")).href;
    const { page, requests, complaints, close } = await watched(browser);
    await page.goto(url);
    await page.locator("h1").waitFor();
    await page.evaluate(async () => {
      for (let y = 0; y < document.documentElement.scrollHeight; y += 500) {
        scrollTo(0, y);
        await new Promise((done) => setTimeout(done, 30));
      }
    });
    for (const name of [
      "scores-against-lambda",
      "embeddings-circle",
      "embeddings-sphere",
      "confusion",
      "roc",
      "training",
    ])
      assert.ok((await page.locator(`[data-figure="${name}"] :is(canvas, svg)`).count()) > 0, name);
    // What the page says is what metrics.json says.
    const metrics = JSON.parse(
      readFileSync(join(folder, "demo", "early_aligned", "metrics.json"), "utf8"),
    ) as {
      test: { accuracy: number };
    };
    const row = page
      .locator("tr", { has: page.getByRole("rowheader", { name: "early_aligned", exact: true }) })
      .first();
    assert.ok((await row.innerText()).includes(metrics.test.accuracy.toFixed(3)), await row.innerText());
    assert.deepEqual(requests, [url]);
    assert.deepEqual(complaints, []);
    assert.deepEqual(await accessibility(page), []);
    await close();
  },
  WHY_NOT.report,
);

/// The server's address, once it says that it listens.
function listening(server: ChildProcess): Promise<string> {
  return new Promise((done, failed) => {
    let said = "";
    server.stdout!.on("data", (text) => {
      said += String(text);
      const found = /http:\/\/[^\s"]+/.exec(said);
      if (found) done(found[0]);
    });
    server.on("exit", (code) => failed(new Error(`puente serve ended with ${code}: ${said}`)));
  });
}

tests.add(
  "a prediction of the program's own server, from a dropped picture",
  async () => {
    puente(
      ..."train demo/embeddings.csv --label diagnosis --group patient --fusion early --sensitivity 0.9 --epochs 5".split(
        " ",
      ),
      ..."--keep-cases image --out bundle --quiet".split(" "),
    );
    const server = spawn(PUENTE, ["serve", "bundle", "--port", "0"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const { page, requests, complaints, close } = await watched(browser, {
      viewport: { width: 390, height: 844 },
    });
    try {
      const url = await listening(server);
      const from = Date.now();
      await page.goto(url);
      await page.locator("input[type=file]").waitFor({ state: "attached" });
      console.log(`the server's page could be used after ${Date.now() - from} ms`);
      await page.locator("input[type=file]").setInputFiles(join(folder, "demo", "images", "lesion_0008.png"));
      await page.getByLabel("age").fill("67");
      await page.getByLabel("sex").fill("female");
      await page.getByLabel("site").fill("hand");
      await page.getByRole("button", { name: "Predict" }).click();
      const answer = page.locator(".answer-box");
      await answer.getByRole("heading", { name: /^diagnosis: .+ \d+\.\d %$/ }).waitFor();
      const shares = (await answer.locator(".share").allInnerTexts()).map((text) => Number.parseFloat(text));
      assert.equal(shares.length, 4);
      assert.ok(Math.abs(shares.reduce((sum, one) => sum + one, 0) - 100) < 0.3, String(shares));
      const text = await answer.innerText();
      for (const part of [
        "image alone",
        "text alone",
        "At the operating points",
        "Nearest training cases",
        "Age: 67. Sex: female. Site: hand.",
      ])
        assert.ok(text.includes(part), `${part}\nis not in\n${text}`);
      assert.match(await page.locator("header").innerText(), /random/);
      assert.equal(await sideways(page), 0);
      assert.deepEqual(await accessibility(page), []);
      assert.deepEqual(complaints, []);
      assert.ok(
        requests.every((one) => one.startsWith(url)),
        requests.join("\n"),
      );
      // What the server refuses is said in its words.
      await page
        .locator("input[type=file]")
        .setInputFiles({ name: "no.png", mimeType: "image/png", buffer: Buffer.from("nothing") });
      await page.getByRole("button", { name: "Predict" }).click();
      const alert = page.getByRole("alert");
      await alert.filter({ hasText: /\w/ }).waitFor();
      console.log(`refused: ${await alert.innerText()}`);
    } finally {
      await close();
      server.kill("SIGTERM");
    }
  },
  WHY_NOT.serve,
);

tests.run("program", start, end);
