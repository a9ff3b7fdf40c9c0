// The text beside the picture: the template's fields, or the whole text.
import { h, unique } from "../common/dom";
import type { Bundle, Input } from "./api";

export interface WordsField {
  element: HTMLElement;
  value(): Pick<Input, "text" | "fields">;
  clear(): void;
}

type TextInfo = NonNullable<Bundle["text"]>;

export function words_field(text: TextInfo): WordsField {
  const fields = text.prompt === null ? [] : (text.fields ?? []);
  const inputs = fields.map((field) => {
    const id = unique("field");
    const input = field.values?.length
      ? h(
          "select",
          { id, name: field.name },
          h("option", { value: "" }, field.default ? `(${field.default})` : ""),
          field.values.map((value) => h("option", { value }, value)),
        )
      : h("input", {
          id,
          name: field.name,
          autocomplete: "off",
          inputmode: field.filter === "int" ? "numeric" : null,
          placeholder: field.default ?? "",
        });
    return {
      field,
      input,
      element: h(
        "div",
        { class: "field" },
        h(
          "label",
          { for: id },
          field.name,
          (field.default ?? null) === null ? h("span", { class: "faint" }, " (needed)") : null,
        ),
        input,
      ),
    };
  });
  const free_id = unique("text");
  const free = h("textarea", { id: free_id, rows: 4, autocomplete: "off" });
  const free_element = h("div", { class: "field wide" }, h("label", { for: free_id }, "Text"), free);
  const list = h(
    "div",
    { class: "fields" },
    inputs.map((one) => one.element),
  );
  const own = h("input", { type: "checkbox", onchange: () => show() });
  const show = () => {
    const writes = inputs.length === 0 || own.checked;
    free_element.hidden = !writes;
    list.hidden = writes;
    // A field without a fallback has to be filled, where it is asked for at all.
    for (const { field, input } of inputs) input.required = !writes && (field.default ?? null) === null;
  };
  show();
  return {
    element: h(
      "fieldset",
      {},
      h("legend", {}, text.needed ? "Text" : "Text (may be left out)"),
      list,
      free_element,
      inputs.length
        ? [
            h("p", { class: "faint" }, "Read as: ", h("q", {}, text.prompt)),
            h("label", { class: "check" }, own, " write the text myself"),
          ]
        : null,
    ),
    value() {
      if (inputs.length === 0 || own.checked) return free.value.trim() ? { text: free.value.trim() } : {};
      const filled: Record<string, string> = {};
      // What is left empty takes the template's own default.
      for (const { field, input } of inputs) if (input.value.trim()) filled[field.name] = input.value.trim();
      return { fields: filled };
    },
    clear() {
      for (const { input } of inputs) input.value = "";
      free.value = "";
    },
  };
}
