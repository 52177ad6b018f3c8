// Without a network: the files that pages are made of are here, and a page that says how things stand.
// Only files are kept whose address names their content; no page and no answer is. The server puts OFFLINE before this:
// that page in the reader's language, and the files it needs.
/* global OFFLINE */

const FILES = /^\/(static\/.*\?v=|look\/|icons\/)/;
const LASTING = /\bimmutable\b/;

const kept = () => caches.open("files");

/** Keep a file that can never be another one, in the place of what had its name before. */
async function keep(request, answer) {
  const files = await kept();
  const { pathname } = new URL(request.url);
  for (const old of await files.keys()) if (new URL(old.url).pathname === pathname) await files.delete(old);
  await files.put(request, answer);
}

async function file(event) {
  const found = await (await kept()).match(event.request, { ignoreVary: true });
  if (found) return found;
  const answer = await fetch(event.request);
  if (answer.status === 200 && LASTING.test(answer.headers.get("Cache-Control"))) event.waitUntil(keep(event.request, answer.clone()));
  return answer;
}

async function page(event) {
  try {
    return (await event.preloadResponse) || (await fetch(event.request));
  } catch {
    const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": OFFLINE.policy };
    return new Response(OFFLINE.page, { status: 503, headers });
  }
}

self.addEventListener("install", (event) => {
  // What a page sends in its last moment would be lost on the way through here.
  event.addRoutes?.({ condition: { requestMethod: "POST" }, source: "network" });
  event.waitUntil(kept().then((files) => files.addAll(OFFLINE.files)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([self.registration.navigationPreload?.enable(), self.clients.claim()]));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (FILES.test(url.pathname + url.search)) event.respondWith(file(event));
});
