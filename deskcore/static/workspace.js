// The workspace: the keys of an agent, the rows of a queue, the composer, and times that stay fresh.
import { openMenu, start, typing, visible } from "./shared.js";

const root = document.documentElement;

/* ---- commands: a control says which one it is; the page says which key has which command ---- */

const keyMap = JSON.parse(document.body.dataset.keyMap || "{}");
const starts = new Set(Object.keys(keyMap).filter((key) => key.includes(" ")).map((key) => key.split(" ")[0]));

const controlsOf = (name) => [...document.querySelectorAll(`[data-command="${CSS.escape(name)}"]`)];
const controlsWith = (key) => [...document.querySelectorAll(`[aria-keyshortcuts~="${CSS.escape(key)}" i]:not([data-command])`)];

/** Press, open or focus the first of these controls that can be reached; tell whether there was one. */
function press(controls) {
  const control = controls.find(visible) ?? controls.find((each) => each.matches("a.item, a.opt, a[data-help]"));
  if (!control || control.getAttribute("aria-busy") === "true") return false;
  if (control.matches("summary")) {
    control.parentElement.open = true;
    const first = control.parentElement.querySelector("[data-menu-filter], [data-first], .pop a, .pop button, .pop select, .pop input");
    // At once: the next key may already be meant for it.
    if (first?.matches("[data-menu-filter]")) first.hidden = false;
    first?.focus();
  } else if (control.matches("input, textarea, select")) {
    control.focus();
    control.select?.();
  } else {
    control.click();
  }
  return true;
}

/* ---- rows of a queue ---- */

const table = document.querySelector("table[data-rows]");
const rows = () => [...table.tBodies[0].rows];
const boxOf = (row) => row?.querySelector("input[type=checkbox]");
let cursor = null;
let anchor = null;

function moveTo(row) {
  if (!row) return;
  cursor?.classList.remove("cursor");
  cursor = row;
  row.classList.add("cursor");
  row.querySelector("a.subj")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = rows();
  moveTo(cursor ? all[all.indexOf(cursor) + by] : all[0]);
}

function tick(row, on) {
  const box = boxOf(row);
  if (!box) return;
  box.checked = on ?? !box.checked;
  anchor = row;
  count();
}

/** Tick everything from the last ticked row to this one. */
function tickRange(row) {
  const all = rows();
  const [from, to] = [all.indexOf(anchor ?? row), all.indexOf(row)].sort((a, b) => a - b);
  for (const each of all.slice(Math.max(from, 0), to + 1)) if (boxOf(each)) boxOf(each).checked = true;
  anchor = row;
  count();
}

function tickAll(on) {
  for (const row of rows()) if (boxOf(row)) boxOf(row).checked = on;
  count();
}

/** Bring the bulk bar, the row tint and the box in the head up to date. */
function count() {
  const all = rows();
  const ticked = all.filter((row) => boxOf(row)?.checked);
  for (const row of all) row.classList.toggle("sel", ticked.includes(row));
  const head = table.querySelector("[data-select-all]");
  if (head) {
    head.checked = ticked.length > 0 && ticked.length === all.length;
    head.indeterminate = ticked.length > 0 && ticked.length < all.length;
  }
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  bar.classList.toggle("idle", !ticked.length);
  const words = bar.querySelector("[data-count]");
  words.textContent = words.dataset.count.replace("{}", ticked.length);
}

function liveRows() {
  if (!table) return;
  table.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all]")) tickAll(event.target.checked);
    else count();
  });
  table.addEventListener("click", (event) => {
    if (!event.target.matches("td input[type=checkbox]")) return;
    const row = event.target.closest("tr");
    if (event.shiftKey) tickRange(row);
    else anchor = row;
  });
  table.addEventListener("focusin", (event) => {
    const row = event.target.closest("tbody tr");
    // A dialog that closes gives the focus back to the row from which it was opened first.
    if (row && row !== cursor && !peeking) {
      cursor?.classList.remove("cursor");
      cursor = row;
      row.classList.add("cursor");
    }
  });
  document.querySelector("[data-clear]")?.addEventListener("click", (event) => {
    event.preventDefault();
    tickAll(false);
  });
  cursor = table.querySelector("tr.cursor");
  count();
}

/** Tick the row and go on to the next: five in a row are five presses. */
function tickAndGoOn() {
  const row = cursor ?? rows()[0];
  if (!row) return;
  tick(row);
  const next = rows()[rows().indexOf(row) + 1];
  moveTo(next ?? row);
}

/**
 * With nothing ticked, an action on the list means the row under the cursor. A menu may begin with the first row,
 * because nothing happens before a choice; nothing else acts on a row that nobody went to.
 */
function tickCursorFor(controls) {
  const bulk = controls.find((control) => control.closest("[data-bulk]"));
  if (!table || !bulk || rows().some((row) => boxOf(row)?.checked)) return;
  const row = cursor ?? (bulk.matches("summary") ? rows()[0] : null);
  if (row) tick(row, true);
}

/* ---- commands that no control on the page stands for ---- */

function say(text) {
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.textContent = text;
  document.querySelector(".toasts").replaceChildren(toast);
}

/** The address of the ticket on this page, or of the row under the cursor, without the list around it. */
function linkToCopy() {
  const link = table ? cursor?.querySelector("a.subj")?.href : location.href;
  const { origin, pathname } = new URL(link ?? "/", location.href);
  return /^\/agent\/tickets\/[^/]+-[^/]+$/.test(pathname) ? origin + pathname : "";
}

async function copyLink() {
  await navigator.clipboard.writeText(linkToCopy());
  say(document.body.dataset.copied);
}

/** Hide a part of the page, or show it again. */
const hiding = (name, selector) => ({
  can: () => visible(document.querySelector(selector)) || root.hasAttribute(name),
  act: () => root.toggleAttribute(name),
});
/* ---- a look into the ticket under the cursor, beside the list ---- */

const side = document.getElementById("peek");
let looks = 0;
let peeking = false;

/** Show what the ticket is about and what was written last; where that fails, open it. */
async function peek() {
  const link = cursor.querySelector("a.subj");
  if (!side?.showModal || !link) return;
  looks += 1;
  const look = looks;
  try {
    const answer = await fetch(`${new URL(link.href).pathname}/peek`);
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (look !== looks) return;
    const body = side.querySelector("[data-body]");
    const found = page.querySelector("[data-subject]");
    side.querySelector("h2").textContent = found.dataset.subject;
    side.querySelector("[data-open]").href = link.href;
    body.replaceChildren(found);
    body.scrollTop = 0;
    peeking = true;
    if (!side.open) side.showModal();
  } catch {
    if (look === looks) location.assign(link.href);
  }
}

/** Keys while the look is open: on to the next or the previous ticket, into this one, or away. */
function peekKey(event) {
  const name = keyMap[nameOf(event)] ?? (event.key === "Enter" ? "enter" : "");
  // Space and Enter belong to what they press.
  if (event.target.closest("a, button, summary") && [" ", "Enter"].includes(event.key)) return false;
  const by = { peek: 1, next: 1, previous: -1 }[name];
  if (name === "enter") side.querySelector("[data-open]").click();
  if (by) {
    const row = rows()[rows().indexOf(cursor) + by];
    if (row) moveTo(row);
    if (row) peek();
  }
  return name === "enter" || Boolean(by);
}

/** The list goes on where the look ended. */
side?.addEventListener("close", () => {
  looks += 1;
  peeking = false;
  moveTo(cursor);
});

const onRows = (act) => ({ can: () => Boolean(table), act });
const onCursor = (act) => ({ can: () => Boolean(table && cursor), act });
const onBoxes = (act) => ({ can: () => Boolean(table?.querySelector("td input[type=checkbox]")), act });
const scripted = {
  next: onRows(() => step(1)),
  previous: onRows(() => step(-1)),
  enter: onCursor(() => cursor.querySelector("a.subj")?.click()),
  peek: onCursor(peek),
  select: onBoxes(tickAndGoOn),
  select_range: onBoxes(() => cursor && tickRange(cursor)),
  select_all: onBoxes(() => tickAll(true)),
  side: hiding("data-no-side", ".side"),
  panels: hiding("data-no-panels", ".cols > aside"),
  copy: { can: () => Boolean(navigator.clipboard && linkToCopy()), act: copyLink },
};
const canScripted = (name) => Object.hasOwn(scripted, name) && scripted[name].can();
/** Whether a command can do anything on this page just now. */
const can = (name) => canScripted(name) || controlsOf(name).some((each) => visible(each) || each.closest("[data-bulk]"));

/** Do what a command says; tell whether there was anything to do. */
function run(name) {
  if (canScripted(name)) {
    scripted[name].act();
    return true;
  }
  const controls = controlsOf(name);
  tickCursorFor(controls);
  return press(controls.filter((each) => !each.closest("[data-bulk].idle")));
}

/* ---- keys ---- */

let first = "";
let firstTimer = 0;

/** A key as the page names it: letters small, or with Shift. */
function nameOf({ key, shiftKey }) {
  if (key === " ") return "Space";
  if (!/^[a-z]$/i.test(key)) return key;
  return shiftKey ? `Shift+${key.toUpperCase()}` : key.toLowerCase();
}

/** The second key of a sequence such as G M; its first key waits a second and a half. */
function sequence(key) {
  if (first) {
    const name = keyMap[`${first} ${key.replace("Shift+", "").toLowerCase()}`];
    first = "";
    return name ? run(name) : false;
  }
  if (!starts.has(key)) return false;
  first = key;
  clearTimeout(firstTimer);
  firstTimer = setTimeout(() => { first = ""; }, 1500);
  return true;
}

/** Keys without a modifier; never while typing, never on an open dialog. */
function plainKey(event) {
  if (side?.open && side.contains(event.target)) return peekKey(event);
  if (typing(event) || document.querySelector("dialog[open]")) return false;
  if (event.key === "Enter") return !event.target.closest("a, button, summary, input:not([type=checkbox])") && canScripted("enter") && run("enter");
  if (event.key === "Escape") return !document.querySelector(":popover-open") && run("back");
  const key = nameOf(event);
  // Space belongs to what it presses; on the name of a ticket it would only scroll.
  if (key === "Space" && event.target.closest("a:not(.subj), button, summary, input")) return false;
  if (sequence(key)) return true;
  if (Object.hasOwn(keyMap, key)) return run(keyMap[key]);
  return key.length > 0 && !["Tab", "Space"].includes(key) && press(controlsWith(key));
}

function menuKey(event) {
  const menu = openMenu();
  const filter = menu?.querySelector("[data-menu-filter]");
  if (event.key !== "Enter" || event.target !== filter) return false;
  [...menu.querySelectorAll(".opt")].find(visible)?.click();
  return true;
}

/** Ctrl or ⌘ with Enter sends what is being written; with Shift a reply resolves the ticket too. */
function sendKey(event) {
  const form = event.target.closest?.("form.pane, form[data-send-key]");
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.altKey || !form) return false;
  if (event.shiftKey) {
    const resolved = form.querySelector("option[data-resolved]");
    if (resolved) resolved.selected = true;
  }
  form.requestSubmit(form.querySelector(".acts .btn.primary, .acts .btn.note, button.primary"));
  return true;
}

function keys() {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    let done = menuKey(event) || sendKey(event);
    const modified = event.ctrlKey || event.metaKey || event.altKey || event.getModifierState("AltGraph");
    if (!done && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      done = openPalette() || press(controlsOf("palette"));
    }
    if (!done && !modified && root.dataset.shortcuts !== "off") done = plainKey(event);
    if (!done && event.key === "Escape" && event.target.matches?.("textarea, input[type=search]")) event.target.blur();
    if (done) event.preventDefault();
  });
}

/** Keep the numbers of the tickets that were open in this window, newest first, for the palette; numbers alone. */
function rememberTicket() {
  const number = linkToCopy().split("/").pop();
  if (table || !number) return;
  const before = (sessionStorage.getItem("deskcore-recent") ?? "").split(" ").filter((each) => each && each !== number);
  sessionStorage.setItem("deskcore-recent", [number, ...before].slice(0, 8).join(" "));
}

/* ---- help and palette: dialogs that are filled when they are first opened ---- */

/** Show the page of all keys in a dialog; without one it is a page as any other. */
async function help(link) {
  const dialog = document.getElementById("shortcuts");
  const body = dialog.querySelector("[data-body]");
  try {
    if (!body.hasChildNodes()) {
      const answer = await fetch(link.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const more = link.cloneNode();
      more.className = "";
      for (const name of ["data-command", "aria-keyshortcuts", "aria-label", "data-help"]) more.removeAttribute(name);
      more.textContent = page.querySelector("#change > summary").textContent;
      more.hash = "change";
      body.replaceChildren(page.querySelector("[data-shortcuts-help]"), more);
    }
    if (!dialog.open) dialog.showModal();
  } catch {
    location.assign(link.href);
  }
}

function openPalette() {
  const dialog = document.getElementById("palette");
  if (!dialog?.showModal) return false;
  if (!dialog.open) import("./palette.js").then((palette) => palette.open(dialog, { can, run, keyMap }), () => press(controlsOf("palette")));
  return true;
}

function dialogs() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-help]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      help(link);
    }
    if (event.target.closest("[data-jump]") && openPalette()) event.preventDefault();
    const close = event.target.matches("#peek") ? event.target : event.target.closest("dialog [data-close]");
    if (close?.closest("dialog").matches(":modal")) {
      event.preventDefault();
      close.closest("dialog").close();
    }
  });
}

/* ---- menus that narrow while typing ---- */

function menuFilters() {
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-menu-filter]")) return;
    const fold = (text) => text.toLowerCase().replaceAll("ł", "l").normalize("NFD").replace(/\p{M}/gu, "");
    const wanted = fold(event.target.value.trim());
    for (const option of event.target.closest(".pop").querySelectorAll(".opt")) {
      option.hidden = !fold(option.textContent).includes(wanted);
    }
  });
}

/* ---- composer: reply and note are two forms; changing the mode never moves text ---- */

function composer() {
  const box = document.querySelector("[data-composer]");
  if (!box) return;
  box.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-mode]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { mode } = link.dataset;
    box.classList.toggle("is-note", mode === "note");
    for (const pane of box.querySelectorAll("[data-pane]")) pane.hidden = pane.dataset.pane !== mode;
    for (const each of box.querySelectorAll("a[data-mode]")) {
      if (each === link) each.setAttribute("aria-current", "true");
      else each.removeAttribute("aria-current");
    }
    history.replaceState(history.state, "", link.href);
    box.querySelector(`[data-pane="${mode}"] textarea`).focus();
    box.scrollIntoView({ block: "nearest" });
  });
}

/* ---- relative times ---- */

function times() {
  const words = JSON.parse(document.body.dataset.times || "{}");
  if (!words.ago) return;
  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-fixed]")) {
      const minutes = Math.trunc((Date.parse(time.dateTime) - Date.now()) / 60000);
      let text = time.dataset.fixed;
      if (minutes === 0) text = words.now;
      else if (minutes < 0 && minutes > -60) text = words.ago.replace("{}", -minutes);
      else if (minutes > 0 && minutes < 60) text = words.in.replace("{}", minutes);
      if (time.textContent !== text) time.textContent = text;
    }
  }, 30000);
}

start();
liveRows();
menuFilters();
composer();
keys();
dialogs();
rememberTicket();
times();
for (const field of document.querySelectorAll("input[data-people]")) import("./palette.js").then((palette) => palette.people(field));
for (const button of document.querySelectorAll("[data-print-page]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
