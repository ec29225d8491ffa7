// Shows the description of the API in /api/docs. A key that is typed in stays in this page until it is closed.
const dark = matchMedia('(prefers-color-scheme: dark)');
const applyTheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
applyTheme();
dark.addEventListener('change', applyTheme);

// The routes are drawn above the list of problems and move it down: an anchor in that list is looked up again after
// each change of their height, until the reader moves the page.
const { hash } = location;
if (hash !== '' && !hash.startsWith('#/')) {
  const watch = new ResizeObserver(() => document.getElementById(hash.slice(1))?.scrollIntoView());
  watch.observe(document.getElementById('routes'));
  for (const act of ['wheel', 'pointerdown', 'keydown', 'touchstart'])
    addEventListener(act, () => watch.disconnect(), { once: true, passive: true });
}

window.SwaggerUIBundle({
  url: '/api/openapi.json',
  dom_id: '#routes',
  deepLinking: true,
  docExpansion: 'none',
  defaultModelsExpandDepth: -1,
  defaultModelExpandDepth: 3,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
});
