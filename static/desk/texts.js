// The scripts' texts, in the language of the page: the server sends them as Fluent source, see locales/.

import { FluentBundle, FluentNumber, FluentResource } from "../fluent/index.js";
import { state } from "./state.js";

const bundle = new FluentBundle(document.documentElement.lang, { useIsolating: false });
bundle.addResource(new FluentResource(state.texts));

const parts = new Intl.NumberFormat(document.documentElement.lang || "en").formatToParts(0.5);
/** What the language puts before the fraction of a number. */
export const MARK = parts.find((part) => part.type === "decimal")?.value ?? ".";

/** A number in groups of three with a narrow space between them, and the language's decimal mark, as the server writes it. */
export function number(value) {
  const [whole, fraction] = String(value).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return fraction ? grouped + MARK + fraction : grouped;
}

class Grouped extends FluentNumber {
  toString() {
    return number(this.value);
  }
}

function grouped(values) {
  const one = ([name, value]) => [name, typeof value === "number" ? new Grouped(value) : value];
  return Object.fromEntries(Object.entries(values).map(one));
}

/** A text by its id, with what is to be filled in. */
export function say(id, values) {
  const message = bundle.getMessage(id);
  return message?.value ? bundle.formatPattern(message.value, grouped(values ?? {})) : id;
}
