// Everything needed to run it again: commands, and the identity of what they read.
import { h, type Child } from "../../common/dom";
import { at, list_at, text_at, type Json, type Part, type Result } from "../document";
import { rows_of, table } from "../table";

/// The hashes of all files that a results folder names, as [what, file, hash].
export function files_of(part: Part): [string, string, string][] {
  const found: [string, string, string][] = [];
  const add = (what: string, hashes: Json | undefined) => {
    if (hashes !== null && typeof hashes === "object" && !Array.isArray(hashes))
      for (const [file, hash] of Object.entries(hashes)) found.push([what, file, String(hash)]);
  };
  for (const one of list_at(part.metrics, "tables")) {
    add("table", at(one, "sha256"));
    const embedding = at(one, "embedding");
    if (text_at(embedding, "manifest", "file"))
      found.push([
        "manifest",
        text_at(embedding, "manifest", "file"),
        text_at(embedding, "manifest", "sha256"),
      ]);
    for (const which of ["image_encoder", "text_encoder"]) {
      const encoder = at(embedding, which);
      const folder = text_at(encoder, "folder");
      const name = `${which.replace("_", " ")} ${folder}`;
      add(name, at(encoder, "sha256"));
      add(`${name}, sampled`, at(encoder, "sampled_sha256"));
    }
  }
  if (text_at(part.metrics, "bundle", "sha256"))
    found.push([
      "bundle",
      text_at(part.metrics, "bundle", "folder"),
      text_at(part.metrics, "bundle", "sha256"),
    ]);
  return found;
}

function options_text(part: Part): string {
  const options = at(part.metrics, "options");
  if (options === undefined || options === null || typeof options !== "object") return "";
  return Object.entries(options)
    .filter(([, value]) => value !== null && typeof value !== "object")
    .map(([name, value]) => `${name.replace(/_/g, " ")} ${String(value)}`)
    .join(", ");
}

export function again(result: Result): Child {
  const commands = result.again ?? [];
  const seen = new Set<string>();
  const files = result.parts.flatMap(files_of).filter((row) => {
    const key = row.join("\n");
    return !seen.has(key) && seen.add(key);
  });
  const options = result.parts.map((part) => [part.name, options_text(part)]).filter(([, text]) => text);
  if (commands.length + files.length + options.length === 0) return null;
  return [
    commands.length
      ? h("pre", { tabindex: "0", "aria-label": "Commands" }, h("code", {}, commands.join("\n")))
      : h("p", { class: "faint" }, "These results do not hold their commands."),
    options.length
      ? h(
          "details",
          {},
          h("summary", {}, "Options and seeds"),
          table(rows_of("Options and seeds of each step", ["results", "options"], options, true)),
        )
      : null,
    files.length
      ? h(
          "details",
          { class: "hashes" },
          h("summary", {}, "Files that were read"),
          table(
            rows_of(
              "Files that were read, by SHA-256 (sampled: of parts of a large file)",
              ["what", "file", "SHA-256"],
              files.map(([what, file, hash]) => [what, file, h("code", {}, hash)]),
              true,
            ),
          ),
        )
      : null,
  ];
}
