// Works for the page at /try/lessons beside it: answers from what was kept while the line is away, and shows what is pushed.
const PAGES = "voxbus-pages";
const PICTURES = "voxbus-pictures";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith("/media/lessons/")) event.respondWith(picture(event.request));
  else if (pathname.startsWith("/try/")) event.respondWith(page(event.request, pathname));
});

// What is at an address of a picture never changes.
async function picture(request) {
  const kept = await caches.match(request, { cacheName: PICTURES });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(PICTURES)).put(request, answer.clone());
  return answer;
}

// The newest version where there is a line; what was kept where there is none.
async function page(request, pathname) {
  try {
    const answer = await fetch(request);
    if (answer.ok) await (await caches.open(PAGES)).put(pathname, answer.clone());
    return answer;
  } catch (error) {
    const kept = await caches.match(pathname, { cacheName: PAGES });
    if (kept) return kept;
    throw error;
  }
}

// --- what is pushed: {id, type, title, body, link, at}

self.addEventListener("push", (event) => {
  const pushed = event.data ? event.data.json() : {};
  const options = { body: pushed.body ?? "", tag: pushed.id, data: { link: pushed.link }, timestamp: Date.parse(pushed.at) || undefined };
  event.waitUntil(self.registration.showNotification(pushed.title ?? "Voxbus", options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const to = new URL(event.notification.data?.link ?? "/try/lessons", location.origin);
  const ours = to.origin === location.origin ? to.href : `${location.origin}/try/lessons`;
  event.waitUntil(opened(ours));
});

async function opened(address) {
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const tab = tabs.find((each) => new URL(each.url).pathname === new URL(address).pathname);
  if (!tab) return self.clients.openWindow(address);
  await tab.focus();
  return tab.navigate(address).catch(() => null);
}
