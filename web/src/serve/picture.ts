// Choosing the picture: dropped, picked or pasted; shown where the browser can show it. It stays in this page.
import { h, replace, unique } from "../common/dom";
import { file_size } from "../common/format";

export interface PictureField {
  element: HTMLElement;
  /// As a data URL; null where none was chosen.
  value(): Promise<string | null>;
  clear(): void;
}

/// base64 takes four bytes for three, and the request has a text beside it.
export function fits(file_bytes: number, body_bytes: number | undefined): boolean {
  return body_bytes === undefined || Math.ceil(file_bytes / 3) * 4 + 4096 <= body_bytes;
}

function data_url(file: File): Promise<string> {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.onerror = () => failed(new Error(`${file.name} cannot be read.`));
    reader.readAsDataURL(file);
  });
}

export function picture_field(
  needed: boolean,
  body_bytes: number | undefined,
  complain: (message: string) => void,
): PictureField {
  let chosen: File | null = null;
  let shown = "";
  const id = unique("picture");
  const input = h("input", {
    id,
    type: "file",
    class: "unseen",
    accept: "image/*,.dcm,.tif,.tiff",
    onchange: () => take(input.files?.[0] ?? null),
  });
  const preview = h("img", { alt: "The chosen picture", hidden: true });
  const name = h("p", { class: "faint", role: "status" });
  const invitation = h("span", {}, "Drop a picture here, or ");
  const zone = h(
    "label",
    { class: "drop", for: id },
    preview,
    h("span", {}, invitation, h("span", { class: "link" }, "choose one")),
  );
  const remove = h(
    "button",
    { type: "button", hidden: true, onclick: () => take(null) },
    "Remove the picture",
  );

  function take(file: File | null): void {
    if (shown) URL.revokeObjectURL(shown);
    shown = "";
    preview.hidden = true;
    complain("");
    if (file && !fits(file.size, body_bytes)) {
      complain(
        `${file.name} has ${file_size(file.size)}; this server takes at most ${file_size(((body_bytes ?? 0) - 4096) * 0.75)}.`,
      );
      file = null;
    }
    chosen = file;
    input.value = "";
    remove.hidden = chosen === null;
    zone.classList.toggle("filled", chosen !== null);
    replace(name, chosen ? `${chosen.name}, ${file_size(chosen.size)}` : "");
    replace(invitation, chosen ? "Drop another picture here, or " : "Drop a picture here, or ");
    if (!chosen) return;
    shown = URL.createObjectURL(chosen);
    preview.src = shown;
  }
  preview.addEventListener("load", () => (preview.hidden = false));
  preview.addEventListener("error", () => {
    if (chosen)
      replace(
        name,
        `${chosen.name}, ${file_size(chosen.size)}; the browser cannot show this kind of file, the server may read it`,
      );
  });

  let inside = 0;
  const over = (by: number) => {
    inside = Math.max(0, inside + by);
    zone.classList.toggle("over", inside > 0);
  };
  zone.addEventListener("dragenter", () => over(1));
  zone.addEventListener("dragleave", () => over(-1));
  // Dropped beside the field a picture would replace the page.
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    over(-inside);
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
  });
  addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (file) take(file);
  });

  return {
    element: h(
      "fieldset",
      {},
      h("legend", {}, needed ? "Picture" : "Picture (may be left out)"),
      input,
      zone,
      h("div", { class: "line" }, name, remove),
    ),
    value: () => (chosen ? data_url(chosen) : Promise.resolve(null)),
    clear: () => take(null),
  };
}
