// Shows the description of the API in /api/docs. A key that is typed in stays in this page until it is closed.
const dark = matchMedia('(prefers-color-scheme: dark)');
const applyTheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
applyTheme();
dark.addEventListener('change', applyTheme);

/** The list of problems moves down while the routes above it are drawn, so that its anchors are looked up again. */
function scrollToProblem() {
  const { hash } = location;
  if (hash !== '' && !hash.startsWith('#/')) document.getElementById(hash.slice(1))?.scrollIntoView();
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
  onComplete: scrollToProblem,
});
