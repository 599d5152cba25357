/** The few signs the page uses, drawn so that they never depend on colour alone. */
import type { JSX } from 'preact';

const paths = {
  pass: 'M3 8.5l3.2 3.2L13 4.8',
  fail: 'M4 4l8 8M12 4l-8 8',
  warning: 'M8 2.2l6.3 11H1.7zM8 6.4v3.2M8 11.4v.6',
  info: 'M8 7v4.5M8 4.4v.6M8 1.8a6.2 6.2 0 100 12.4A6.2 6.2 0 008 1.8z',
  hint: 'M5.8 12.2h4.4M6.4 14.2h3.2M8 1.8a4.4 4.4 0 00-2.4 8c.4.3.5.7.5 1.1h3.8c0-.4.1-.8.5-1.1a4.4 4.4 0 00-2.4-8z',
  table: 'M2 3.5h12v9H2zM2 6.5h12M2 9.5h12M6.5 3.5v9',
  chart: 'M2.5 2v11.5H14M5 10.5l3-4 2.5 2L14 4',
  brush: 'M2 13.5h12M4.5 2v9M11.5 2v9M4.5 4h7M4.5 9h7',
  layers: 'M8 2l6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3',
} as const;

export function Icon({ name }: { readonly name: keyof typeof paths }): JSX.Element {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.6"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
