// Inline scripts are forbidden on every page of ours, so the viewer is started from a file.
// validatorUrl: null keeps it from asking a validator on another host.
window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  validatorUrl: null,
});
