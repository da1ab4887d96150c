// Tells the parts of a page that show something live (`data-live`, the topics they show) when it has
// changed; htmx asks for them anew. A page that nobody sees listens to nothing: a browser has few
// connections to one site. What was missed meanwhile is asked for when it is seen again.
'use strict';
(() => {
  if (!window.htmx || !document.querySelector('[data-live]')) return;
  const TOPICS = ['proposals', 'courses', 'visits'];
  const LONGEST = 60_000;
  const lost = document.getElementById('lost');
  let source;
  let again;
  let tries = 0;
  let before = false; // was it ever open, or left? Then something may have been missed.

  // Not all pages at once: the site says over how many milliseconds they share their asking.
  const ask = (within, topic) => setTimeout(() => {
    const live = topic ? `[data-live~="${topic}"]` : '[data-live]';
    document.querySelectorAll(live).forEach((each) => htmx.trigger(each, 'changed'));
  }, Math.random() * Number(within));

  const listen = () => {
    source = new EventSource('/live');
    source.addEventListener('here', ({ data }) => {
      if (before) ask(data);
      before = true;
      tries = 0;
    });
    for (const topic of TOPICS) source.addEventListener(topic, ({ data }) => ask(data, topic));
    source.onerror = () => {
      if (lost) ask(0);
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      if (tries === 0) ask(0); // perhaps the session is over, and the page leads to the way in
      again = setTimeout(listen, Math.min(LONGEST, 1000 * 2 ** tries) * (0.5 + Math.random()));
      tries += 1;
    };
  };

  const leave = () => {
    clearTimeout(again);
    source?.close();
    before = true;
  };

  if (lost) {
    document.addEventListener('htmx:afterRequest', ({ detail }) => {
      const right = detail.xhr.status === 200;
      // What was swapped has brought a new one of it.
      document.getElementById('lost')?.toggleAttribute('hidden', right);
    });
  }
  document.addEventListener('visibilitychange', () => (document.hidden ? leave() : listen()));
  window.addEventListener('pagehide', leave);
  if (!document.hidden) listen();
})();
