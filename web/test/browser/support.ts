// A browser whose every request, console line and error is written down.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

// Tests are run from web/.
export const ROOT = resolve(process.env["PUENTE_WEB"] ?? ".", "..");
export const PAGES = join(ROOT, "build", "web");

export async function start_browser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface Watched {
  page: Page;
  requests: string[];
  /// Console errors and warnings, uncaught errors, and what the page's policy stopped.
  complaints: string[];
  close(): Promise<void>;
}

export async function watched(browser: Browser, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => {
    // A blob or data URL asks nobody.
    if (!/^(blob|data):/.test(request.url())) requests.push(request.url());
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()))
      complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(String(error.stack)));
  return { page, requests, complaints, close: () => context.close() };
}

/// Serious findings of axe in the page as it is.
export async function accessibility(page: Page): Promise<string[]> {
  const source = readFileSync(
    join(dirname(createRequire(import.meta.url).resolve("axe-core/package.json")), "axe.min.js"),
    "utf8",
  );
  // The page's policy allows no other script; the test's own world does not ask it.
  await page.evaluate(source);
  const found = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as {
    violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
  };
  return found.violations
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .map(
      (one) =>
        `${one.id} (${one.impact}): ${one.nodes[0]!.html.slice(0, 200)} ${one.nodes[0]!.failureSummary}`,
    );
}

export async function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/// Tries again for some seconds what a busy machine may do late.
export async function eventually(check: () => Promise<void>): Promise<void> {
  const until = Date.now() + 10_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

type Check = () => Promise<void>;

/// Tests of a file between a start and an end. Node 18.13 knows no such hooks around tests that stand alone.
export class Tests {
  private list: { name: string; skip: string | false; check: Check }[] = [];

  add(name: string, check: Check, skip: string | false = false): void {
    this.list.push({ name, skip, check });
  }

  run(name: string, start: Check, end: Check): void {
    void test(name, async (context) => {
      try {
        await start();
        for (const { name, skip, check } of this.list) await context.test(name, { skip }, check);
      } finally {
        await end();
      }
    });
  }
}
