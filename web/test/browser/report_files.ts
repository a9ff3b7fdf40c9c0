// Reports as files, for tests that open them as a double-click does.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { made_document, with_document } from "../made_document";
import { PAGES } from "./support";

export const CIRCLE = '[data-figure="embeddings-circle"]';
export const SPHERE = '[data-figure="embeddings-sphere"]';

export function write(folder: string, name: string, ...wanted: Parameters<typeof made_document>): string {
  const file = join(folder, name);
  writeFileSync(
    file,
    with_document(readFileSync(join(PAGES, "report.html"), "utf8"), made_document(...wanted)),
  );
  return file;
}

export const url = (file: string) => pathToFileURL(file).href;

/// Every chart drawn: they wait until they come near the screen.
export async function scroll_through(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let y = 0; y < document.documentElement.scrollHeight; y += 600) {
      scrollTo(0, y);
      await new Promise((done) => setTimeout(done, 30));
    }
    scrollTo(0, 0);
  });
}
