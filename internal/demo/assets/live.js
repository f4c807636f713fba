// What the pages of the blog and of the phone share: hearing of changes, and
// taking over from a fresh copy of a list only what differs.

const pollEvery = 2000; // milliseconds, while the server's events can't be heard

// motion is how to scroll: smoothly, unless the reader wants things to hold still.
export const motion = () => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth');

// follow calls refresh after each event from address, one call at a time.
export function follow(address, refresh) {
  let source = null;
  let timer = 0;
  let busy = false;
  let again = false;

  const run = async () => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      do {
        again = false;
        await refresh();
      } while (again);
    } catch {
      // The server is away; the next event or poll tries again.
    } finally {
      busy = false;
    }
  };
  const rest = () => {
    clearInterval(timer);
    timer = 0;
  };
  const close = () => {
    rest();
    if (source) source.close();
    source = null;
  };
  const poll = () => {
    if (!timer) timer = setInterval(run, pollEvery);
  };
  const open = () => {
    if (source || document.hidden) return;
    if (!window.EventSource) {
      poll();
      return;
    }
    source = new EventSource(address);
    source.onmessage = run;
    source.onopen = rest;
    source.onerror = () => {
      if (source && source.readyState === EventSource.CLOSED) source = null;
      poll();
    };
  };

  // A browser allows few connections to one server: hidden pages give theirs up.
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  window.addEventListener('pagehide', close);
  window.addEventListener('pageshow', open);
  open();
}

// read fetches a page and returns its response and its document.
export async function read(address, options = {}) {
  const response = await fetch(address, { credentials: 'same-origin', ...options });
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  return { response, page };
}

// reconcile makes list look like fresh. Items are known by their ids, and an item
// of the same data-v is left as it is. added is called for each new item, changed
// for each one that looks different, and gone for each one before it leaves.
export function reconcile(list, fresh, { added = () => {}, changed = () => {}, gone = () => {} } = {}) {
  const wanted = new Set([...fresh.children].map((item) => item.id));
  for (const item of [...list.children]) {
    if (wanted.has(item.id)) continue;
    gone(item);
    item.remove();
  }
  let next = list.firstElementChild;
  for (const item of [...fresh.children]) {
    let mine = document.getElementById(item.id);
    if (mine && mine.parentElement === list) {
      renew(mine, item, { added, changed, gone });
    } else {
      mine = document.importNode(item, true);
      added(mine);
    }
    if (mine !== next) list.insertBefore(mine, next);
    next = mine.nextElementSibling;
  }
}

// renew takes over what differs between two copies of one item.
function renew(mine, item, calls) {
  if (mine.dataset.v !== item.dataset.v) {
    const old = mine.querySelector(':scope > .own');
    const own = document.importNode(item.querySelector(':scope > .own'), true);
    const focused = old.contains(document.activeElement);
    old.replaceWith(own);
    if (focused) own.querySelector('a, button')?.focus({ preventScroll: true });
    mine.dataset.v = item.dataset.v;
    mine.className = item.className;
    mine.classList.add('changed');
    calls.changed(mine);
  }
  const replies = mine.querySelector(':scope > ol');
  if (replies) reconcile(replies, item.querySelector(':scope > ol'), calls);
}
