// Drafts: what is written is saved while it is written. A form says where in data-draft; without this, its button does it.

/** Milliseconds until a save: after the last key, after a field was left, after a save that failed. */
const PAUSE = 1500;
const AFTER_A_FIELD = 300;
const AGAIN = 15000;
/** Bytes that a browser still sends once the page is gone. */
const LAST_WORDS = 60000;

/** What a form holds now, as it is posted; files and what changes with each save are no part of it. */
function written(form) {
  const pairs = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "_draft" && name !== "_step");
  return new URLSearchParams(pairs).toString();
}

/** What a form held when it came from the server, however much was typed before this script did. */
function served(form) {
  const copy = form.cloneNode(true);
  copy.reset();
  return written(copy);
}

/** List a file that is on the server now; the form carries its token, and a box takes it away. */
function list(form, { name, token, label }) {
  const files = form.querySelector(`[data-kept="${CSS.escape(name)}"]`);
  const line = files.querySelector("template").content.cloneNode(true);
  line.querySelector("input[type=hidden]").value = token;
  line.querySelector("input[type=checkbox]").value = token;
  line.querySelector(".grow").textContent = label;
  line.querySelector(".vh").append(label);
  files.append(line);
  files.hidden = false;
}

/** Show answers that may spare what is being written. */
function suggest(found) {
  const box = document.querySelector("[data-suggested]");
  if (!box) return;
  const list = box.querySelector("ul");
  for (const line of list.querySelectorAll("li")) line.remove();
  for (const { title, url } of found) {
    const line = list.querySelector("template").content.cloneNode(true);
    line.querySelector("a").href = url;
    line.querySelector("span").textContent = title;
    list.append(line);
  }
  box.toggleAttribute("data-none", !found.length);
}

/** Take the token of whoever is signed in now from a page that has one; false unless that is who opened this page. */
async function signedInAgain(page) {
  const answer = await fetch(page, { headers: { Accept: "text/html" } });
  if (!answer.ok) return false;
  const now = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = now.querySelector("input[name=csrf_token]")?.value;
  if (!token || now.body.dataset.reader !== document.body.dataset.reader) return false;
  for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = token;
  return true;
}

function keep(form) {
  const said = form.querySelector("[data-draft-said]");
  const signIn = form.querySelector("[data-sign-in]");
  const { _draft: revision, _step: step } = form.elements;
  let saved = served(form);
  let timer = 0;
  let stopped = false;
  // What could not be saved: the control whose files it was, or true.
  let unsaved = false;

  const later = (pause) => {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  };
  const say = (words) => {
    if (said.textContent !== words) said.textContent = words;
  };

  /** Save if anything changed. chosen: the control whose files go along; leaving: the page may be gone before the answer. */
  async function save({ chosen, leaving } = {}) {
    clearTimeout(timer);
    const now = written(form);
    if (stopped || form.dataset.sent || (now === saved && !chosen)) return;
    saved = now;
    step.value = Number(step.value) + 1;
    const turn = step.value;
    const body = chosen ? new FormData(form) : new URLSearchParams(`${now}&_draft=${revision.value}&_step=${turn}`);
    if (chosen) say(said.dataset.saving);
    try {
      const answer = await fetch(form.dataset.draft, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        redirect: "manual",
        keepalive: Boolean(leaving) && now.length < LAST_WORDS,
      });
      if (answer.ok) done(await answer.json(), turn, chosen);
      else if (answer.status === 409) refused(await answer.json());
      else failed(answer.status, turn, chosen);
    } catch {
      failed(503, turn, chosen);
    }
  }

  function done({ draft, said: words, files, suggested }, turn, chosen) {
    if (suggested) suggest(suggested);
    if (turn === step.value) revision.value = draft;
    missing(false);
    if (chosen) {
      chosen.value = "";
      const chooser = chosen.closest("label") ?? chosen;
      if (chooser.nextElementSibling?.matches("ul.files")) chooser.nextElementSibling.replaceChildren();
      const before = written(form);
      for (const file of files) list(form, file);
      if (saved === before) saved = written(form);
    }
    say(words);
    for (const button of form.querySelectorAll("[data-discard]")) button.hidden = !draft;
  }

  /** Another page has saved meanwhile: nothing more is saved here until both texts were seen. */
  function refused({ said: words }) {
    stopped = true;
    say(words);
    const button = form.querySelector("[data-save-draft]");
    button.textContent = button.dataset.both;
    button.classList.add("shown");
  }

  function failed(status, turn, chosen) {
    if (turn === step.value) saved = "";
    missing(chosen || unsaved || true);
    const signedOut = status === 0 || status === 403;
    signIn.hidden = !signedOut;
    if (signedOut) say(said.dataset.signedOut);
    else say(navigator.onLine ? said.dataset.failed : said.dataset.offline);
    if (status >= 500 || status === 429) later(AGAIN);
  }

  /** Only while something would really be lost does leaving the page ask. */
  function missing(what) {
    unsaved = what;
    if (!what) signIn.hidden = true;
    (what ? addEventListener : removeEventListener)("beforeunload", ask);
  }

  function ask(event) {
    if (!form.dataset.sent) event.preventDefault();
  }

  const again = () => {
    if (unsaved) save({ chosen: unsaved.files?.length ? unsaved : undefined });
  };

  async function comeBack() {
    if (!signIn.hidden && await signedInAgain(signIn.dataset.then).catch(() => false)) again();
  }

  form.addEventListener("input", () => later(PAUSE));
  form.addEventListener("change", ({ target }) => {
    if (target.matches("input[type=file]")) {
      if (target.files.length) save({ chosen: target });
    } else {
      later(AFTER_A_FIELD);
    }
  });
  form.addEventListener("click", ({ target }) => {
    if (target.closest("[data-add-row], [data-remove-row]")) later(PAUSE);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save({ leaving: true });
    else comeBack();
  });
  addEventListener("online", again);
  form.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    say(said.dataset.unsent);
  });
  later(PAUSE);
}

for (const form of document.querySelectorAll("form[data-draft]")) keep(form);
