import "../common/base.css";
import "./serve.css";

import { append, h, replace } from "../common/dom";
import { about } from "./about";
import { ApiError, get_bundle, predict, use_token, type Bundle } from "./api";
import { picture_field } from "./picture";
import { result, spoken } from "./result";
import { words_field } from "./words";

const app = document.getElementById("app")!;
const RESEARCH = "Research use only: not a medical device, and no ground for a decision about a patient.";

function message_of(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function token_form(wrong: boolean, again: () => void): HTMLElement {
  const input = h("input", {
    id: "token",
    type: "password",
    autocomplete: "off",
    required: true,
    autofocus: true,
  });
  const form = h(
    "form",
    { class: "token" },
    h("h1", {}, "puente"),
    h(
      "p",
      {},
      wrong
        ? "The server did not take this token."
        : "This server asks for a token. It stays in this page only.",
    ),
    h("label", { for: "token" }, "Token"),
    input,
    h("button", { class: "main", type: "submit" }, "Continue"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    use_token(input.value.trim());
    again();
  });
  return h("main", {}, form);
}

const LOOK_AGAIN = 500; // milliseconds

/// A line that goes when the encoder is loaded.
function loading(): HTMLElement {
  const line = h(
    "p",
    { class: "faint", role: "status" },
    "The encoder is being loaded; a prediction asked for now waits for it.",
  );
  const look = async () => {
    try {
      if ((await get_bundle()).ready === false) setTimeout(() => void look(), LOOK_AGAIN);
      else line.remove();
    } catch {
      line.remove(); // whoever asks for a prediction will be told
    }
  };
  setTimeout(() => void look(), LOOK_AGAIN);
  return line;
}

function page(bundle: Bundle): void {
  const bundle_name = bundle.bundle ?? "puente";
  document.title = bundle.bundle === null ? "puente" : `${bundle.bundle} – puente`;
  if (bundle.labels.length === 0) {
    replace(
      app,
      h(
        "main",
        {},
        h("h1", {}, bundle_name),
        h(
          "p",
          {},
          "This server was started without a bundle: it embeds texts and pictures (POST /v1/embeddings), and has nothing to predict.",
        ),
      ),
    );
    return;
  }
  const problem = h("p", { class: "problem", role: "alert" });
  const complain = (text: string) => replace(problem, text);
  const picture = bundle.image
    ? picture_field(bundle.image.needed, bundle.limits?.body_bytes, complain)
    : null;
  const words = bundle.text ? words_field(bundle.text) : null;
  const go = h("button", { class: "main", type: "submit" }, "Predict");
  const live = h("p", { class: "unseen", role: "status" });
  const empty = () => h("p", { class: "faint empty" }, "The prediction appears here.");
  const answer = h("div", { class: "answer-box" }, empty());
  const clear = h(
    "button",
    {
      type: "button",
      onclick: () => {
        picture?.clear();
        words?.clear();
        complain("");
        replace(live);
        replace(answer, empty());
      },
    },
    "Clear",
  );
  const form = h(
    "form",
    { autocomplete: "off" },
    picture?.element,
    words?.element,
    problem,
    h("div", { class: "line" }, go, clear),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });

  let sending = false;
  async function send(): Promise<void> {
    if (sending) return;
    sending = true;
    complain("");
    go.setAttribute("aria-disabled", "true");
    replace(go, "Predicting …");
    try {
      const image = (await picture?.value()) ?? null;
      if (bundle.image?.needed && !image) throw new Error("Choose a picture first.");
      const text = words?.value() ?? {};
      if (bundle.text?.needed && text.text === undefined && text.fields === undefined)
        throw new Error("Write the text first.");
      const answered = await predict({ ...(image ? { image } : {}), ...text });
      const first = answered.predictions[0];
      if (!first) throw new Error("The server's answer holds no prediction.");
      replace(answer, result(first, bundle, answered.milliseconds));
      replace(live, spoken(first));
      // On a phone the answer is below the form.
      const box = answer.getBoundingClientRect();
      if (box.top > innerHeight - 120)
        answer.scrollIntoView({
          block: "start",
          behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
        });
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        void start(true);
        return;
      }
      // An answer to an earlier question must not stand beside this one.
      replace(answer, empty());
      complain(message_of(error));
    } finally {
      sending = false;
      go.removeAttribute("aria-disabled");
      replace(go, "Predict");
    }
  }

  const cautions = bundle.cautions ?? [];
  replace(app);
  append(
    app,
    h("a", { class: "skip", href: "#answer" }, "Skip to the prediction"),
    h(
      "header",
      {},
      h("h1", {}, bundle_name),
      h(
        "p",
        { class: "faint" },
        bundle.labels.map((one) => `${one.label}: ${(one.order ?? one.classes).join(", ")}`).join("; "),
      ),
      h("p", { class: "research" }, RESEARCH),
      bundle.ready === false ? loading() : null,
      cautions.map((text) => h("p", { class: "caution" }, text)),
      bundle.untrained && !cautions.some((text) => /untrained|random/.test(text))
        ? h(
            "p",
            { class: "caution" },
            "Untrained encoder: its weights are random numbers, so that no prediction means anything.",
          )
        : null,
    ),
    h(
      "main",
      { class: "two" },
      form,
      h("section", { id: "answer", tabindex: "-1", "aria-label": "Prediction" }, live, answer),
    ),
    h("footer", {}, about(bundle), h("p", { class: "faint" }, `puente ${bundle.puente}`)),
  );
}

async function start(asked: boolean): Promise<void> {
  try {
    page(await get_bundle());
  } catch (error) {
    replace(app);
    if (error instanceof ApiError && error.status === 401) {
      append(
        app,
        token_form(asked, () => void start(true)),
      );
      document.getElementById("token")?.focus();
    } else {
      append(
        app,
        h(
          "main",
          {},
          h("h1", {}, "puente"),
          h("p", { role: "alert" }, message_of(error)),
          h("button", { type: "button", onclick: () => void start(asked) }, "Try again"),
        ),
      );
    }
  }
}

void start(false);
