/**
 * Chromium under the POSIX locale (containers, bare servers) calls its language `en-US@posix`, which its own Intl refuses;
 * uPlot asks Intl for that language as it loads and would take the page down. Imported before anything else.
 */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { configurable: true, get: () => 'en-US' });
}
export {};
