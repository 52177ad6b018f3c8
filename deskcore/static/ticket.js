// The page of one ticket: saved replies, what is new, what goes out, and printing.

/* ---- saved replies, and what panels offer ---- */

/** Put a text where the cursor is; behind what is there already, if nobody has been in the box yet. */
function insert(box, text) {
  const untouched = box.selectionStart === 0 && box.selectionEnd === 0 && box.value !== "";
  if (untouched) box.setSelectionRange(box.value.length, box.value.length);
  const gap = untouched && !box.value.endsWith("\n") ? "\n\n" : "";
  box.setRangeText(gap + text, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

function replies() {
  document.addEventListener("click", (event) => {
    const choice = event.target.closest("a[data-insert]");
    const form = choice?.closest("form.pane") ?? document.querySelector('form.pane[data-pane="reply"]');
    if (!choice || !form || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (form.contains(choice)) choice.closest("details").open = false;
    else document.querySelector('a[data-mode="reply"]').click();
    insert(form.querySelector("textarea"), choice.dataset.insert);
    const { status } = form.elements;
    if (status && [...status.options].some((each) => each.value === choice.dataset.status)) status.value = choice.dataset.status;
  });
}

/* ---- what is new, and what is folded ---- */

/** Open what hides a place of the page, and go there. */
function reveal(place) {
  for (let block = place.closest("details:not([open])"); block; block = block.parentElement.closest("details:not([open])")) block.open = true;
  const below = place.id === "unread" && place.getBoundingClientRect().top > window.innerHeight / 2;
  place.scrollIntoView({ block: below ? "start" : "nearest" });
  if (place.matches("input, select, textarea")) place.focus();
}

const placeOf = (hash) => (hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null);

function places() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const place = link && placeOf(link.hash);
    if (place) setTimeout(() => reveal(place));
  });
  const place = placeOf(location.hash) ?? (/[?&](macro|insert)=/.test(location.search) ? null : document.getElementById("unread"));
  if (place && !document.getElementById("error-summary")) reveal(place);
}

/** Say how far it was read, once somebody can see the page. */
function readMark(page = document) {
  const form = page.querySelector("form[data-read]");
  if (!form) return;
  const send = () => {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", send);
    fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), keepalive: true }).catch(() => {});
  };
  document.addEventListener("visibilitychange", send);
  send();
}

/* ---- a reply that goes out in a moment ---- */

/** Show the ticket as it is now, around what is being written and whatever is open or holds the focus; return its page. */
async function refresh(address = location.href) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return null;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  let whole = true;
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    const used = part.contains(document.activeElement) || part.querySelector("details.menu[open]");
    if (next && !used) part.replaceWith(next);
    else whole = false;
  }
  // What was not shown was not seen: a form must not claim it.
  const version = whole && fresh.querySelector("form.pane [name=version]")?.value;
  if (version) for (const field of document.querySelectorAll("input[name=version]")) field.value = version;
  return fresh;
}

/** Show what is new when the reader asks for it, and go there; what is being written stays as it is. */
function showing() {
  document.addEventListener("deskcore:show", async ({ detail: address }) => {
    const before = Number(document.querySelector("[data-seen]").dataset.seen);
    document.activeElement?.blur();
    const fresh = await refresh(address).catch(() => null);
    if (!fresh) {
      location.assign(address);
      return;
    }
    readMark(fresh);
    const lines = [...document.querySelectorAll(".thread [id^=m]")];
    const place = document.getElementById("unread") ?? lines.find((line) => Number(line.id.slice(1)) > before) ?? document.getElementById("main");
    place.tabIndex = -1;
    place.focus({ preventScroll: true });
    reveal(place);
  });
}

const LOOKS = 15;

/** Count down what the page says; when it is time, look whether it has gone out. */
function goingOut(looks = LOOKS) {
  const lines = [...document.querySelectorAll("[data-held]")];
  if (!lines.length || !looks) return;
  const loaded = performance.now();
  const tick = () => {
    const left = lines.map((line) => line.dataset.held - Math.floor((performance.now() - loaded) / 1000));
    lines.forEach((line, place) => {
      const counter = line.querySelector("[data-left]");
      if (counter && left[place] > 0) counter.textContent = left[place];
    });
    if (Math.min(...left) > 0) setTimeout(tick, 1000);
    else refresh().catch(() => {}).then(() => setTimeout(goingOut, 1000, looks - 1));
  };
  tick();
}

/* ---- printing: the whole conversation ---- */

function printing() {
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll(".thread details:not([open])")];
    for (const block of opened) block.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const block of opened) block.open = false;
  });
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      button.closest("details").open = false;
      window.print();
    });
  }
}

replies();
places();
readMark();
goingOut();
showing();
printing();
