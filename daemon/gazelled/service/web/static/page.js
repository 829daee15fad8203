// Keeps a page current, and copies addresses. Without it every page is whole, as of its loading.
"use strict";

(() => {
  const root = document.documentElement.dataset.root;
  const live = document.getElementById("live");
  const stale = document.getElementById("stale");
  // The result of a rule that is tried stays as it is.
  const address = new URL(location.href);
  address.searchParams.delete("rule");
  const EVERY = 30_000;
  const BETWEEN = 2_000;
  const AGAIN = 10_000;
  const WITHIN = 60_000;
  let waiting = 0;
  let loaded = Date.now();
  let shown = new Date();
  let failures = 0;
  let loading = false;

  const say = (text, on) => {
    if (live && live.textContent !== text) {
      live.textContent = text;
      live.classList.toggle("on", on);
    }
  };

  // What a person writes in, or has opened, stays as it is.
  const isInUse = (part) => {
    const focus = document.activeElement;
    const writes = focus && part.contains(focus) && focus.matches("input, textarea, select");
    return writes || part.querySelector("details.confirm[open]") !== null;
  };

  const replace = (part, fresh) => {
    for (const open of part.querySelectorAll("details[open][id]")) {
      fresh.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
    }
    const focus = part.contains(document.activeElement) ? document.activeElement : null;
    const places = [...part.querySelectorAll("a, button, summary, [tabindex]")];
    const place = focus ? places.indexOf(focus) : -1;
    part.replaceWith(fresh);
    if (place >= 0) {
      fresh.querySelectorAll("a, button, summary, [tabindex]")[place]?.focus({ preventScroll: true });
    }
  };

  // What stands on the page may be wrong by now, above all that all is well. A page that is being
  // left, or a restart, fails once.
  const outdated = () => {
    failures += 1;
    if (failures === 1) {
      soon();
    } else if (stale.hidden) {
      const time = shown.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
      stale.textContent = `This page could not be loaded again. It shows how things were at ${time}.`;
      stale.hidden = false;
      document.title = "Not current · gazelled";
    }
  };

  const refresh = async () => {
    if (loading || document.hidden) {
      return;
    }
    loading = true;
    loaded = Date.now();
    try {
      const response = await fetch(address, {
        headers: { Accept: "text/html" },
        signal: AbortSignal.timeout(WITHIN),
      });
      if (response.redirected && new URL(response.url).pathname.endsWith("/login")) {
        location.reload();
        return;
      }
      if (!response.ok) {
        outdated();
        return;
      }
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      shown = new Date();
      failures = 0;
      stale.hidden = true;
      document.title = page.title;
      for (const part of document.querySelectorAll("[data-live]")) {
        const fresh = page.getElementById(part.id);
        if (fresh && fresh.outerHTML !== part.outerHTML && !isInUse(part)) {
          replace(part, document.adoptNode(fresh));
        }
      }
    } catch {
      outdated();
    } finally {
      loading = false;
      offerCopies();
    }
  };

  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, Math.max(300, loaded + BETWEEN - Date.now()));
  };

  const offerCopies = () => {
    for (const button of document.querySelectorAll("button[data-copy][hidden]")) {
      button.hidden = !navigator.clipboard;
    }
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (button) {
      await navigator.clipboard.writeText(button.dataset.copy);
      const before = button.firstChild.data;
      button.firstChild.data = "Copied";
      setTimeout(() => { button.firstChild.data = before; }, 2000);
    }
  });

  // A page that nobody sees follows nothing: browsers have few connections to a server.
  let events = null;
  let again = 0;

  const unfollow = () => {
    clearTimeout(again);
    events?.close();
    events = null;
  };

  const follow = () => {
    unfollow();
    if (document.hidden) {
      return;
    }
    events = new EventSource(`${root}/events`);
    events.addEventListener("open", () => { say("Live", true); soon(); });
    events.addEventListener("changed", soon);
    events.addEventListener("error", () => {
      say("Not connected", false);
      soon();
      // It gives up by itself after an error of a proxy, or where too many follow.
      if (events?.readyState === EventSource.CLOSED) {
        again = setTimeout(follow, AGAIN);
      }
    });
  };

  offerCopies();
  if (document.querySelector("[data-live]")) {
    follow();
    document.addEventListener("visibilitychange", () => { follow(); soon(); });
    setInterval(() => { if (Date.now() - loaded >= EVERY) { refresh(); } }, EVERY);
    addEventListener("pagehide", unfollow);
    addEventListener("pageshow", (event) => { if (event.persisted) { follow(); } });
  }
})();
