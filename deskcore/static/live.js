// What happens while a page is open: who else is at the ticket, and what is new in it or in the list. It is said above
// the page, which itself changes only when its reader asks.

const LIST = 20000;
const TICKET = 5000;
/** Milliseconds: the longest pause while nobody answers, and how long after the last key somebody still writes. */
const LONGEST = 60000;
const WRITES = 40000;

const strip = document.querySelector("[data-watch]");
const bar = strip.querySelector("[data-news]");
const show = bar.querySelector("a");
const here = strip.querySelector("[data-here]");
let known = "";

/** Ask again and again while somebody can see the page; more seldom while nobody answers, and no more once it is over. */
function repeat(every, ask) {
  let pause = every;
  let timer = 0;
  let asking = false;
  let again = false;
  let over = false;

  function later() {
    clearTimeout(timer);
    // Not all pages at once, after all of them were loaded at once.
    if (!over && !document.hidden) timer = setTimeout(turn, again ? 0 : pause * (0.8 + Math.random() * 0.2));
    again = false;
  }
  async function turn() {
    if (over) return;
    again = asking;
    if (asking) return;
    asking = true;
    try {
      over = await ask() === false;
      pause = every;
    } catch {
      pause = Math.min(pause * 2, LONGEST);
    }
    asking = false;
    later();
  }
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : turn()));
  later();
  return turn;
}

function say(text) {
  bar.querySelector("p").textContent = text;
  bar.hidden = !text;
}

/** Say for the last time what is the matter; the link leads to this page again, and from there wherever it must. */
function end(text, label) {
  if (here) here.hidden = true;
  show.firstChild.textContent = label;
  delete show.dataset.show;
  say(text);
  return false;
}

/** What the server says; nothing when that is known already, and false when it was the last time. */
async function get(address) {
  const answer = await fetch(address, { headers: known ? { "If-None-Match": known } : {}, cache: "no-store", redirect: "manual" });
  if (answer.type === "opaqueredirect") return end(strip.dataset.signedOut, strip.dataset.signIn);
  if (answer.status === 403 || answer.status === 404) return end(strip.dataset.gone, strip.dataset.again);
  if (answer.status === 304) return null;
  if (!answer.ok) throw new Error(String(answer.status));
  known = answer.headers.get("ETag");
  return answer.json();
}

function list() {
  repeat(LIST, async () => {
    const found = await get(bar.dataset.news);
    if (found) say(found.count ? found.text : "");
    return found;
  });
}

function ticket() {
  const another = () => crypto.getRandomValues(new Uint32Array(1))[0].toString(36);
  let tab = another();
  const box = document.getElementById("reply-body");
  let typed = -WRITES;
  let said = "";

  const doing = () => (box?.value && performance.now() - typed < WRITES ? "writing" : "looking");
  const address = (what) => {
    const { seen } = document.querySelector("[data-seen]").dataset;
    return `${bar.dataset.news}?${new URLSearchParams({ seen, doing: what, tab })}`;
  };
  const ask = repeat(TICKET, async () => {
    said = doing();
    const found = await get(address(said));
    if (!found) return found;
    say(found.news);
    show.toggleAttribute("data-show", !found.whole);
    here.querySelector("span").textContent = found.here;
    here.hidden = !found.here;
    here.classList.toggle("writing", found.writing);
    return found;
  });
  box?.addEventListener("input", () => {
    typed = performance.now();
    if (said !== "writing" && box.value) ask();
  });
  window.addEventListener("pagehide", () => {
    const { value } = document.querySelector("input[name=csrf_token]");
    fetch(bar.dataset.news, { method: "POST", body: new URLSearchParams({ csrf_token: value, tab }), keepalive: true }).catch(() => {});
    // A page that comes back from the history is another one.
    tab = another();
  });
  // The page may be able to show it around what is being written; else the link opens it again.
  show.addEventListener("click", (event) => {
    if (!("show" in show.dataset) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    say("");
    document.dispatchEvent(new CustomEvent("deskcore:show", { detail: show.href }));
  });
  ask();
}

if (strip.dataset.watch === "list") list();
else ticket();
