// Refreshes a page of the development server, and shows the error of a change that could not be taken in.
(() => {
  const base = document.currentScript.src.replace(/client\.js.*$/, '');
  const shownVersion = new URL(document.currentScript.src).searchParams.get('v');
  const memory = 'flacon:refreshed-for';
  let overlay;
  let leaving = false;

  function refresh(version) {
    // A page from a cache stays old: refreshed once for a version, not for ever.
    if (leaving || sessionStorage.getItem(memory) === version) return;
    sessionStorage.setItem(memory, version);
    leaving = true;
    location.reload();
  }

  function swapStyles(files) {
    for (const link of document.querySelectorAll('link[rel~="stylesheet"][href]')) {
      const url = new URL(link.href);
      if (url.origin !== location.origin || !files.some((file) => url.pathname.endsWith('/' + file))) continue;
      url.searchParams.set('flacon', Date.now());
      const next = link.cloneNode();
      next.href = url.href;
      next.addEventListener('load', () => link.remove());
      link.after(next);
    }
  }

  function element(name, style, text = '') {
    const node = document.createElement(name);
    node.setAttribute('style', style);
    node.textContent = text;
    return node;
  }

  function showError(error) {
    // The page is about an error itself, and about this one when it is fetched again.
    if (document.documentElement.dataset.flacon === 'not-loaded') return;
    hideError();
    overlay = element('div', 'position:fixed;inset:0;z-index:2147483647;overflow:auto;background:rgba(0,0,0,.6)');
    overlay.id = 'flacon-error';
    const root = overlay.attachShadow({ mode: 'open' });
    const box = element(
      'div',
      'max-width:56rem;margin:5vh auto;padding:1.25rem 1.5rem;border-radius:8px;border-top:4px solid #e5484d;background:#181818;color:#eee;font:14px/1.5 ui-monospace,monospace',
    );
    box.append(
      element(
        'div',
        'color:#ff8a80;font-weight:600;white-space:pre-wrap;overflow-wrap:anywhere',
        `${error.name}: ${error.message}`,
      ),
      element('div', 'color:#9a9a9a;margin:.25rem 0 .75rem', error.place || ''),
    );
    if (error.excerpt) box.append(element('pre', 'margin:0;overflow-x:auto;font:inherit', error.excerpt));
    box.append(
      element('div', 'color:#9a9a9a;margin-top:1rem', 'The last good version is still being served. Esc closes this.'),
    );
    root.append(box);
    document.documentElement.append(overlay);
  }

  function hideError() {
    overlay?.remove();
    overlay = undefined;
  }

  const events = new EventSource(base + 'events');
  const listen = (name, react) => events.addEventListener(name, (event) => react(JSON.parse(event.data)));
  listen('hello', ({ version, error }) => {
    if (shownVersion !== version) refresh(version);
    if (error) showError(error);
    else hideError();
  });
  listen('refresh', ({ version }) => refresh(version));
  listen('styles', ({ files }) => swapStyles(files));
  listen('failed', (error) => {
    if (document.documentElement.dataset.flacon === 'not-loaded') refresh(`failed ${Date.now()}`);
    else showError(error);
  });
  listen('repaired', hideError);
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hideError();
  });
  // A refresh would take the place of the page that is being opened. A download is no other page.
  addEventListener('beforeunload', () => {
    leaving = true;
    setTimeout(() => (leaving = false), 3000);
  });
  addEventListener('pagehide', () => events.close());
})();
