/** How the element looks; its parts `image`, `face` and `status` can be styled from outside. */
export const STYLE = `
:host { display: inline-block; max-width: 100%; font: 0.875rem/1.4 system-ui, sans-serif; }
:host([hidden]) { display: none; }
.picture { position: relative; overflow: hidden; }
img { display: block; max-width: 100%; height: auto; }
canvas { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
button {
  position: absolute; box-sizing: border-box; margin: 0; padding: 0; border: 0; border-radius: 8%;
  background: none; cursor: pointer; -webkit-tap-highlight-color: transparent;
}
button:focus-visible { outline: 3px solid #46beff; outline-offset: 2px; box-shadow: 0 0 0 2px #000; }
button:hover { background: rgb(255 255 255 / 0.12); }
.status { margin: 0.25em 0 0; }
.status:empty { display: none; }
.status.heard { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: no-preference) {
  canvas { transition: opacity 0.3s; }
  :host([aria-busy='true']) canvas { opacity: 0; }
}
`;
