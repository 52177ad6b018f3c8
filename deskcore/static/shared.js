// What every page of every area does. Pages work without it: it only saves a second click or a key.

/** Elements that can be reached and pressed just now. */
export const visible = (element) => Boolean(element) && element.getClientRects().length > 0;

/** Tell whether a key press belongs to the control it happens in. */
export function typing(event) {
  const target = event.target;
  return target instanceof HTMLElement
    && (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select"));
}

/** One submission per form: the second click waits for the first answer. The server refuses doubles on its own. */
function guardSubmits() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // After a download the page stays, and the same file can be asked for again.
    if (event.defaultPrevented || form.method !== "post" || "download" in form.dataset) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    // Whoever goes back finds the form as the server gives it then, and not what was just sent as if it were not.
    form.autocomplete = "off";
    const button = event.submitter || form.querySelector("button:not([type=button])");
    if (button) button.setAttribute("aria-busy", "true");
  });
  // A page that comes back from the history may be sent again: the server knows whether it already was.
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted && document.querySelector("form[data-draft][data-sent]")) location.reload();
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("button[aria-busy=true]")) button.removeAttribute("aria-busy");
  });
}

export const openMenu = () => document.querySelector("details.menu[open]");

/** Close a menu and give the focus back to what opened it. */
export function closeMenu(menu, refocus = true) {
  menu.open = false;
  if (refocus) menu.querySelector("summary").focus();
}

/** Menus close on Escape and on a click elsewhere; arrows move inside; opening one closes the others. */
function liveMenus() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) closeMenu(menu, false);
    }
  });
  document.addEventListener("keydown", (event) => {
    const menu = openMenu();
    if (!menu) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopImmediatePropagation();
      closeMenu(menu);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && menu.contains(event.target)) {
      const items = [...menu.querySelectorAll(".pop :is(a, button, input)")].filter(visible);
      const step = event.key === "ArrowDown" ? 1 : -1;
      const next = items[items.indexOf(document.activeElement) + step];
      if (next && !(event.target.matches("textarea, select"))) {
        event.preventDefault();
        next.focus();
      }
    }
  });
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!(menu instanceof HTMLElement) || !menu.matches("details.menu") || !menu.open) return;
    for (const other of document.querySelectorAll("details.menu[open]")) {
      if (other !== menu && !other.contains(menu)) other.open = false;
    }
    const filter = menu.querySelector("[data-menu-filter]");
    if (filter) {
      filter.hidden = false;
      filter.focus();
    }
  }, true);
}

const waiting = new WeakSet();

/** Fill an opened block; where that fails, the link that stood there leads to the same. */
async function load(block) {
  const { load: url } = block.dataset;
  const box = block.querySelector("[data-loaded]");
  delete block.dataset.load;
  delete block.dataset.failed;
  box.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    box.innerHTML = await answer.text();
  } catch {
    block.dataset.load = url;
    block.dataset.failed = "";
    waiting.delete(block);
  }
  box.removeAttribute("aria-busy");
  block.querySelector("[data-menu-filter]")?.dispatchEvent(new Event("input", { bubbles: true }));
  if (waiting.delete(block)) [...box.querySelectorAll(".opt")].find(visible)?.click();
}

function loading() {
  document.addEventListener("toggle", ({ target }) => {
    if (target.open && target.dataset?.load) load(target);
  }, true);
  // Enter before the choices are there takes the first one as soon as they are.
  document.addEventListener("keydown", (event) => {
    const block = event.target.closest?.("details:is([data-load]:not([data-failed]), :has(> .pop > [data-loaded][aria-busy]))");
    if (event.key !== "Enter" || !block || !event.target.matches("[data-menu-filter]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting.add(block);
  }, true);
}

/** After a refused form the reader starts at what is to be corrected. */
function focusErrors() {
  const summary = document.getElementById("error-summary");
  if (summary) summary.focus();
}

/** Write names and sizes of the chosen files under their control. */
function listFiles(input) {
  const chooser = input.closest("label") ?? input;
  let list = chooser.nextElementSibling;
  if (!list?.matches("ul.files")) {
    list = document.createElement("ul");
    list.className = "files bare";
    chooser.after(list);
  }
  list.replaceChildren(...[...input.files].map((file) => {
    const line = document.createElement("li");
    const kilobytes = Math.max(1, Math.round(file.size / 1000));
    line.textContent = `${file.name} · ${kilobytes.toLocaleString(document.documentElement.lang)} kB`;
    return line;
  }));
}

function addFiles(input, added) {
  const all = new DataTransfer();
  for (const file of [...(input.multiple ? input.files : []), ...added]) all.items.add(file);
  input.files = all.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Chosen files are listed; files can be dropped on the box and pasted anywhere in the form. */
function files() {
  document.addEventListener("change", (event) => {
    if (event.target.matches("input[type=file][data-files]")) listFiles(event.target);
  });
  document.addEventListener("paste", (event) => {
    const input = event.target.closest?.("form")?.querySelector("input[data-files]");
    if (input && event.clipboardData.files.length) addFiles(input, event.clipboardData.files);
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      const box = event.target.closest?.("[data-drop]");
      if (!box) return;
      event.preventDefault();
      box.classList.toggle("over", name === "dragover");
      if (name === "drop") addFiles(box.querySelector("input[data-files]"), event.dataTransfer.files);
    });
  }
}

/** Values that a form holds now under a name: text, or what is ticked; a single box says true or false as well. */
function valuesOf(form, name) {
  const controls = [...form.elements].filter((control) => control.name === name);
  return controls.flatMap((control) => {
    if (control.type === "radio") return control.checked ? [control.value] : [];
    if (control.type !== "checkbox") return [control.value];
    if (controls.length > 1) return control.checked ? [control.value] : [];
    return control.checked ? [control.value, "true"] : ["false", "no"];
  });
}

/** What is hidden waits in a template: it keeps what was typed, and nothing of it is posted. */
function show(field, on) {
  const kept = field.querySelector(":scope > template");
  if (on && kept) {
    addCalendars(kept.content);
    kept.replaceWith(kept.content);
  } else if (!on && !kept) {
    const template = document.createElement("template");
    template.content.append(...field.childNodes);
    field.append(template);
  }
  field.hidden = !on;
}

/** A field with data-show-if is shown only while the other field holds one of the values listed. */
export function conditionalFields() {
  for (const form of document.querySelectorAll("form:has([data-show-if])")) {
    const update = () => {
      for (const field of form.querySelectorAll("[data-show-if]")) {
        const wanted = JSON.parse(field.dataset.showValues);
        show(field, valuesOf(form, field.dataset.showIf).some((value) => wanted.includes(value)));
      }
    };
    form.addEventListener("change", update);
    update();
  }
}

/** Put a blank row behind the last one: the same controls under the next number. */
function addRow(block) {
  const body = block.querySelector("tbody");
  const last = body.lastElementChild;
  const pattern = new RegExp(`${block.dataset.lines.replace(/\W/g, "\\$&")}-(\\d+)-`, "g");
  const numbers = [...block.querySelectorAll("[name]")].map((control) => Number([...control.name.matchAll(pattern)][0]?.[1] ?? 0));
  const next = `${block.dataset.lines}-${Math.max(...numbers) + 1}-`;
  const row = last.cloneNode(true);
  for (const element of row.querySelectorAll("[name], [id], [for], [aria-describedby], [data-kept]")) {
    for (const name of ["name", "id", "for", "aria-describedby", "data-kept"]) {
      if (element.hasAttribute(name)) element.setAttribute(name, element.getAttribute(name).replace(pattern, next));
    }
  }
  for (const control of row.querySelectorAll("input:not([type=checkbox], [type=file]), textarea")) control.value = control.defaultValue;
  for (const list of row.querySelectorAll("select")) list.selectedIndex = Math.max(0, [...list.options].findIndex((option) => option.defaultSelected));
  for (const box of row.querySelectorAll("input[type=checkbox]")) box.checked = box.defaultChecked;
  for (const old of row.querySelectorAll(".err, .files > li")) old.remove();
  body.append(row);
  row.querySelector("input, select, textarea").focus();
}

function removeRow(row, block) {
  const neighbour = row.nextElementSibling || row.previousElementSibling;
  if (neighbour) {
    row.remove();
    neighbour.querySelector("input, select, textarea").focus();
  } else {
    addRow(block);
    row.remove();
  }
}

/** Tables of rows. */
function lines() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add-row], [data-remove-row]");
    const block = button?.closest("[data-lines]");
    if (!block) return;
    event.preventDefault();
    if (button.matches("[data-add-row]")) addRow(block);
    else removeRow(button.closest("tr"), block);
    for (const each of block.querySelectorAll("[data-remove-row]")) each.hidden = false;
  });
  for (const button of document.querySelectorAll("[data-remove-row]")) button.hidden = false;
}

/** Give each day in this part of the page a button for the browser's calendar; the text field is what is sent. */
function addCalendars(part) {
  for (const field of part.querySelectorAll("input[data-date]")) {
    const box = document.createElement("span");
    const button = document.createElement("button");
    const picker = document.createElement("input");
    box.className = "dated";
    button.type = "button";
    button.className = "btn icon";
    button.title = field.dataset.date;
    button.setAttribute("aria-label", field.dataset.date);
    button.append(iconOf("calendar"));
    picker.type = "date";
    picker.tabIndex = -1;
    picker.className = "picker";
    picker.setAttribute("aria-hidden", "true");
    field.removeAttribute("data-date");
    field.replaceWith(box);
    box.append(field, button, picker);
  }
}

function calendars() {
  if (!HTMLInputElement.prototype.showPicker) return;
  addCalendars(document);
  document.addEventListener("click", (event) => event.target.closest(".dated > button")?.nextElementSibling.showPicker());
  document.addEventListener("change", (event) => {
    if (!event.target.matches(".dated > .picker")) return;
    const field = event.target.parentElement.firstElementChild;
    field.value = event.target.value.split("-").reverse().join(".");
    field.focus();
  });
}

/** An icon of the sprite that the page already uses. */
function iconOf(name) {
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  const sprite = document.querySelector("svg use")?.getAttribute("href").split("#")[0] ?? "";
  icon.setAttribute("class", "ico");
  icon.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${sprite}#${name}`);
  icon.append(use);
  return icon;
}

/** Start everything above. */
export function start() {
  guardSubmits();
  liveMenus();
  loading();
  calendars();
  conditionalFields();
  lines();
  files();
  focusErrors();
  if (document.querySelector("form[data-draft]")) import("./drafts.js");
}
