// What scripts say, in the language of the page: the server sends it along as Fluent source, see locales/.

import { FluentBundle, FluentResource } from "../fluent/index.js";

const bundle = new FluentBundle(document.documentElement.lang, { useIsolating: false });
bundle.addResource(new FluentResource(document.querySelector("[data-texts]").dataset.texts));

/** A text by its id, with what is to be filled in. */
export function say(id, values) {
  const message = bundle.getMessage(id);
  return message?.value ? bundle.formatPattern(message.value, values) : id;
}
