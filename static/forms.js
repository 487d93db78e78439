// Forms keep what was typed: they are sent from here, a refusal is shown at its form, and files show their
// progress. Without this script browsers send the same forms, and a refusal is a page of its own.
//
// Left alone: forms that scripts of a page or htmx send, those that only ask, and those whose answer is a file to be saved.

/** How long a form may take before it shows that it is being sent. */
const SOON_MS = 400;

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  const asks = form.method !== "post" || form.hasAttribute("hx-post") || form.hasAttribute("data-download");
  if (event.defaultPrevented || asks) return;
  event.preventDefault();
  if (form.getAttribute("aria-busy") !== "true") send(form, button);
});

// A page that only passes on what it was given.
/** @type {HTMLFormElement | null} */ (document.querySelector("form[data-at-once]"))?.requestSubmit();

function send(form, button) {
  const fields = new FormData(form, button);
  const request = new XMLHttpRequest();
  const done = busy(form, button);
  const fail = () => {
    done();
    refuse(form, paragraph(document.body.dataset.unreachable));
  };
  request.open("POST", button?.hasAttribute("formaction") ? button.formAction : form.action);
  request.setRequestHeader("HX-Request-Type", "partial");
  request.upload.addEventListener("progress", ({ loaded, total }) => done.at(loaded, total));
  request.addEventListener("error", fail);
  request.addEventListener("abort", fail);
  request.addEventListener("load", () => {
    const answer = request.getResponseHeader("x-form-answer") !== null;
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const main = page.querySelector("main");
    if (request.status < 400 && !answer) {
      go(request.responseURL);
      return;
    }
    done();
    if (main) {
      // The response is a page that cannot be requested again: a link that is shown once, or the form with its errors.
      document.querySelector("main").replaceWith(main);
      /** @type {any} */ (window).htmx?.process(main);
      document.title = page.title;
      scrollTo(0, 0);
      main.querySelector(/** @type {any} */ ("[autofocus], [role=alert], h1"))?.focus();
    } else
      refuse(form, ...(page.querySelector(".problem")?.childNodes ?? [paragraph(document.body.dataset.unreachable)]));
  });
  const urlencoded = form.enctype !== "multipart/form-data";
  request.send(urlencoded ? new URLSearchParams(/** @type {any} */ (fields)) : fields);
}

/** Open an address, even if it is this page's own. */
function go(address) {
  if (address.split("#")[0] === location.href.split("#")[0]) {
    history.replaceState(null, "", address);
    location.reload();
  } else location.assign(address);
}

/** Say at the form why it was refused; what was typed stays. */
function refuse(form, ...said) {
  form.querySelector("[data-refused]")?.remove();
  const notice = document.createElement("div");
  notice.className = "notice bad refused";
  notice.setAttribute("role", "alert");
  notice.dataset.refused = "";
  notice.tabIndex = -1;
  notice.append(...said);
  form.prepend(notice);
  notice.focus();
  notice.scrollIntoView({ block: "nearest" });
}

function paragraph(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}

/** Show that a form is being sent, with progress for files; call the result when done. */
function busy(form, button) {
  form.setAttribute("aria-busy", "true");
  form.querySelector("[data-refused]")?.remove();
  let bar = null;
  const soon = setTimeout(() => button?.classList.add("busy"), SOON_MS);
  const done = () => {
    clearTimeout(soon);
    button?.classList.remove("busy");
    form.removeAttribute("aria-busy");
    bar?.remove();
  };
  done.at = (loaded, total) => {
    if (form.enctype !== "multipart/form-data" || !total) return;
    if (!bar) {
      bar = document.createElement("progress");
      bar.setAttribute("aria-label", document.body.dataset.sending);
      form.append(bar);
    }
    bar.max = total;
    bar.value = loaded;
  };
  return done;
}
