// The server's page, under the policy that a server sends with it.
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { HOSTILE } from "../hostile";
import { mock_server, type Mock } from "./mock_server";
import { accessibility, eventually, sideways, start_browser, watched, Tests } from "./support";

const tests = new Tests();
let browser: Browser;
let mock: Mock;

const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

async function start(): Promise<void> {
  browser = await start_browser();
  mock = await mock_server();
}

async function end(): Promise<void> {
  await browser?.close();
  await mock?.close();
}

/// As a hand drops a file onto the field.
async function drop(page: Page, name: string, base64: string, type = "image/png"): Promise<void> {
  const data = await page.evaluateHandle(
    ([file, text, kind]) => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob(text!), (one) => one.charCodeAt(0));
      transfer.items.add(new File([bytes], file!, { type: kind! }));
      return transfer;
    },
    [name, base64, type],
  );
  for (const kind of ["dragenter", "dragover", "drop"])
    await page.dispatchEvent(".drop", kind, { dataTransfer: data });
}

const answer = (page: Page) => page.locator(".answer-box");

tests.add("a picture is dropped, fields are filled, and the answer is there in words and bars", async () => {
  const { page, requests, complaints, close } = await watched(browser);
  await page.goto(mock.url);
  await page.getByRole("heading", { name: "run1" }).waitFor();
  assert.match(await page.locator("header").innerText(), /not a medical device[^]*Untrained encoder/);
  await drop(page, "lesion.png", PNG);
  await page.locator(".drop img").waitFor();
  await page.getByLabel("age").fill("61");
  await page.getByLabel("sex").selectOption("2");
  await page.getByRole("button", { name: "Predict" }).click();
  await answer(page).getByRole("heading", { name: "dx: naevus 80.0 %" }).waitFor();
  const asked = mock.asked.pop()!;
  assert.deepEqual(asked, { image: `data:image/png;base64,${PNG}`, fields: { age: "61", sex: "2" } });

  const text = await answer(page).innerText();
  for (const part of [
    "Text cut at 77 tokens",
    "Calibrated probabilities",
    "melanoma: flagged. 12.0 % reaches the threshold of 6.5 %, which found 91.2 % of melanoma on validation rows (wished: sensitivity 90 %).",
    "image alone",
    HOSTILE[0]!,
    HOSTILE[1]!,
    "0.934",
    "Age: 61. Sex: male.",
    "12 ms on the server",
  ])
    assert.ok(text.includes(part), `${part}\nis not in\n${text}`);
  assert.ok(!text.includes("text alone"));
  // What the bundle says of itself stands at the top, and not again in each answer.
  assert.ok(!text.includes("random numbers"));
  const widths = await answer(page)
    .locator(".bar")
    .evaluateAll((all) =>
      all.map((one) => Math.round((100 * one.clientWidth) / one.parentElement!.clientWidth)),
    );
  assert.deepEqual(widths, [80, 12, 8]);
  assert.equal(await page.getByRole("status").filter({ hasText: "dx: naevus, 80.0 %" }).count(), 1);
  // A strict policy held, nothing else was asked, and nothing stays.
  assert.deepEqual(complaints, []);
  assert.ok(
    requests.every((one) => one.startsWith(mock.url)),
    requests.join("\n"),
  );
  assert.equal(
    await page.evaluate(() => localStorage.length + sessionStorage.length + document.cookie.length),
    0,
  );
  assert.equal(await page.title(), "run1 – puente");
  assert.match((await page.locator(".about .card").textContent()) ?? "", /For <b>research<\/b>/);
  assert.deepEqual(await accessibility(page), []);
  await close();
});

tests.add("the page is there while the encoder is loaded, and says so until it is", async () => {
  const slow = await mock_server({ loads: 2 });
  const { page, close } = await watched(browser);
  await page.goto(slow.url);
  const line = page.getByText("The encoder is being loaded");
  await line.waitFor();
  assert.equal(await page.getByRole("button", { name: "Predict" }).isVisible(), true);
  await page.getByLabel("age").fill("61");
  await line.waitFor({ state: "detached" });
  assert.equal(await page.getByLabel("age").inputValue(), "61");
  await close();
  await slow.close();
});

tests.add("everything goes by keyboard", async () => {
  const { page, close } = await watched(browser);
  await page.goto(mock.url);
  const input = page.locator("input[type=file]");
  await input.waitFor();
  const focused = () =>
    page.evaluate(() => document.activeElement?.getAttribute("type") ?? document.activeElement?.textContent);
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Skip to the prediction");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "file");
  // Space opens the system's own dialogue; on a busy machine the first may come before it can.
  let opened = false;
  const dialogue = page.waitForEvent("filechooser", { timeout: 60_000 }).finally(() => (opened = true));
  while (!opened) {
    await page.keyboard.press("Space");
    await page.waitForTimeout(500);
  }
  const chooser = await dialogue;
  await chooser.setFiles({ name: "a.png", mimeType: "image/png", buffer: Buffer.from(PNG, "base64") });
  await page.getByRole("button", { name: "Remove the picture" }).waitFor();
  await page.getByLabel("age").focus();
  await page.keyboard.type("70");
  await page.keyboard.press("Enter");
  await answer(page).getByRole("heading", { name: "dx: naevus 80.0 %" }).waitFor();
  assert.equal(mock.asked.pop()!.fields!["age"], "70");
  await close();
});

tests.add("mistakes and refusals are said in plain words, and no old answer stays beside them", async () => {
  const { page, complaints, close } = await watched(browser);
  await page.goto(mock.url);
  const alert = page.getByRole("alert");
  const go = page.getByRole("button", { name: "Predict" });
  await go.click();
  assert.equal(await alert.innerText(), "Choose a picture first.");
  assert.equal(mock.asked.length, 0);
  await drop(page, "lesion.png", PNG);
  assert.equal((await alert.count()) === 0 || (await alert.innerText()) === "", true);
  await go.click();
  await answer(page).getByRole("heading").first().waitFor();
  for (const [status, message, words] of [
    [503, "the server is stopping", /^the server is stopping$/],
    [429, "busy", /^The server has as much to do as it takes/],
    [
      413,
      "the picture has 90,000,000 pixels; at most 50,000,000 are taken",
      /no request of this size\. the picture has 90,000,000 pixels/,
    ],
    [400, `image: ${HOSTILE[0]}`, /^image: <img src=x/],
  ] as const) {
    mock.refuse = { status, message };
    await go.click();
    await alert.filter({ hasText: words }).waitFor();
    assert.match(await answer(page).innerText(), /^The prediction appears here\.$/);
  }
  // The browser itself writes a line for each refused request; nothing else complained.
  assert.deepEqual(
    complaints.filter((line) => !line.includes("Failed to load resource")),
    [],
  );
  mock.asked.length = 0;
  await close();
});

tests.add("a file that is too large is not sent", async () => {
  const little = await mock_server({ body_bytes: 8192 });
  const { page, close } = await watched(browser);
  await page.goto(little.url);
  await page.locator(".drop").waitFor();
  await drop(page, "large.png", Buffer.alloc(5000).toString("base64"));
  assert.match(
    await page.getByRole("alert").innerText(),
    /large\.png has 4\.9 kB; this server takes at most 3\.0 kB/,
  );
  await close();
  await little.close();
});

tests.add("a template-less bundle takes free text, and a template's fields can be passed over", async () => {
  const free = await mock_server({ prompt: null });
  const { page, close } = await watched(browser);
  await page.goto(free.url);
  await drop(page, "a.png", PNG);
  await page.getByRole("button", { name: "Predict" }).click();
  assert.equal(await page.getByRole("alert").innerText(), "Write the text first.");
  await page.getByLabel("Text", { exact: true }).fill("a mole on the arm");
  await page.getByRole("button", { name: "Predict" }).click();
  await answer(page).getByRole("heading").first().waitFor();
  assert.equal(free.asked[0]!.text, "a mole on the arm");
  await page.goto(mock.url);
  await drop(page, "a.png", PNG);
  await page.getByLabel("write the text myself").check();
  assert.equal(await page.getByLabel("age").isVisible(), false);
  await page.getByLabel("Text", { exact: true }).fill("as it is");
  await page.getByRole("button", { name: "Predict" }).click();
  await answer(page).getByRole("heading").first().waitFor();
  const asked = mock.asked.pop()!;
  assert.equal(asked.text, "as it is");
  assert.equal(asked.fields, undefined);
  await close();
  await free.close();
});

tests.add("a field without a fallback has to be filled, unless the text is written by hand", async () => {
  const strict = await mock_server({ needed: true });
  const { page, close } = await watched(browser);
  await page.goto(strict.url);
  await drop(page, "a.png", PNG);
  const go = page.getByRole("button", { name: "Predict" });
  await go.click();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("name")), "site");
  assert.equal(strict.asked.length, 0);
  await page.getByLabel("site (needed)").fill("hand");
  await go.click();
  await answer(page).getByRole("heading").first().waitFor();
  assert.deepEqual(strict.asked[0]!.fields, { site: "hand" });
  await page.getByLabel("site (needed)").fill("");
  await page.getByLabel("write the text myself").check();
  await page.getByLabel("Text", { exact: true }).fill("by hand");
  await go.click();
  await page.waitForFunction(() => document.querySelector(".main")!.textContent === "Predict");
  assert.equal(strict.asked[1]!.text, "by hand");
  await close();
  await strict.close();
});

tests.add("a server with a token is asked with it, and it is kept nowhere", async () => {
  const locked = await mock_server({ token: "correct horse" });
  const { page, close } = await watched(browser);
  await page.goto(locked.url);
  const input = page.getByLabel("Token");
  await input.fill("wrong");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("did not take this token").waitFor();
  await input.fill("correct horse");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "run1" }).waitFor();
  assert.deepEqual(await accessibility(page), []);
  assert.equal(
    await page.evaluate(() => localStorage.length + sessionStorage.length + document.cookie.length),
    0,
  );
  await page.reload();
  await input.waitFor();
  assert.equal(await input.getAttribute("type"), "password");
  await close();
  await locked.close();
});

tests.add("fits a phone and the dark", async () => {
  const { page, close } = await watched(browser, {
    viewport: { width: 390, height: 844 },
    colorScheme: "dark",
  });
  await page.goto(mock.url);
  await drop(page, "a.png", PNG);
  await page.getByRole("button", { name: "Predict" }).click();
  const heading = answer(page).getByRole("heading").first();
  await heading.waitFor();
  assert.equal(await sideways(page), 0);
  // The answer came into view by itself.
  await eventually(async () =>
    assert.ok(await heading.evaluate((one) => one.getBoundingClientRect().top < innerHeight - 40)),
  );
  assert.deepEqual(await accessibility(page), []);
  await close();
});

tests.add("says when nothing answers any more", async () => {
  const gone = await mock_server();
  const { page, close } = await watched(browser);
  await page.goto(gone.url);
  await drop(page, "a.png", PNG);
  await gone.close();
  await page.getByRole("button", { name: "Predict" }).click();
  await page.getByRole("alert").filter({ hasText: "Is puente serve still running?" }).waitFor();
  await close();
});

tests.run("serve", start, end);
