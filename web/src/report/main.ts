import "../common/base.css";
import "./report.css";

import { append, h } from "../common/dom";
import { read_document } from "./document";
import { page } from "./page";

const app = document.getElementById("app")!;

function message(text: string): void {
  append(app, h("main", { class: "message" }, h("h1", {}, "puente report"), h("p", {}, text)));
}

try {
  const holder = document.getElementById("puente-report")!;
  const report = read_document(holder.textContent ?? "null");
  // Megabytes that nobody needs twice.
  holder.textContent = "";
  if (report === null) {
    message("This page holds no results. puente report DIR writes one that does.");
  } else {
    document.title = `${report.title || "Results"} – puente report`;
    append(app, ...page(report));
    // For printing everything is laid open; afterwards it is as it was.
    let opened: HTMLDetailsElement[] = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll<HTMLDetailsElement>("details:not(.data):not([open])")];
      for (const one of opened) one.open = true;
    });
    addEventListener("afterprint", () => opened.forEach((one) => (one.open = false)));
  }
} catch (error) {
  message(error instanceof Error ? error.message : String(error));
}
